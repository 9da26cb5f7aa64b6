/** The loop: configuration, plan, state machine, report, and the service that drives a run. */
export { ConfigError, type ConfigIssue, formatIssue } from "./config/config-error.ts";
export { type ParseOptions, parseConfig } from "./config/parse-config.ts";
export type { Config, StageService } from "./config/schema.ts";
export { writeConfig } from "./config/write-config.ts";
export { modelNames } from "./run/model-names.ts";
