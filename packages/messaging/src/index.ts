export * from "./bus.ts";
export * from "./bus-error.ts";
export { type EmbeddedBusOptions, openEmbeddedBus } from "./embedded/embedded-bus.ts";
export * from "./events.ts";
export * from "./key-value.ts";
export * from "./work.ts";
