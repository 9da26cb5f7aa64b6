/** All services in one process for local use, and the `srlm` command on top of them. */
export { type EnginePlan, planEngines, thisMachine } from "./embedded/engine-plan.ts";
export { allServices, type Embedded, type EmbeddedOptions, openEmbedded } from "./embedded/open-embedded.ts";
export { EXIT } from "./exit-codes.ts";
export { importInputs } from "./inputs/import-inputs.ts";
export type { Output } from "./output.ts";
export { runCli } from "./run-cli.ts";
