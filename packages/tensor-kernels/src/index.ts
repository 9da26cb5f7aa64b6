export type * from "./backend.ts";
export type * from "./decoder-weights.ts";
export type { KvCache, KvCacheShape } from "./kv-cache.ts";
