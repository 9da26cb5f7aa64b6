/** The evaluation service. */
export * from "./metrics/index.ts";
