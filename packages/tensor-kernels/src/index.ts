export type * from "./backend.ts";
export { type BackendChoice, backendChoice, createBackend, installedBackends } from "./create-backend.ts";
export type * from "./decoder-weights.ts";
export type { KvCache, KvCacheShape } from "./kv-cache.ts";
export { fillNormal, fillUniform, type RandomPlace, uniformAt } from "./philox.ts";
export { OutOfMemoryError } from "./tfjs/store.ts";
