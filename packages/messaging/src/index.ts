export * from "./bus.ts";
export * from "./bus-error.ts";
export * from "./events.ts";
export * from "./key-value.ts";
export * from "./work.ts";
