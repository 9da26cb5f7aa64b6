/** The loop: configuration, plan, state machine, report, and the service that drives a run. */
export { ConfigError, type ConfigIssue, formatIssue } from "./config/config-error.ts";
export type { Claim } from "./config/loop-section.ts";
export { type ParseOptions, parseConfig } from "./config/parse-config.ts";
export type { Config, StageService } from "./config/schema.ts";
export { writeConfig } from "./config/write-config.ts";
export { type RankedParts, splitRanked } from "./data/split-ranked.ts";
export { NO_EVALUATION } from "./report/assemble-report.ts";
export { PAPER_HEAD_TO_HEAD, PAPER_PAIRS, PAPER_REWARD_MODELLING } from "./report/paper-figures.ts";
export { poolReports } from "./report/pool-reports.ts";
export type * from "./report/report-types.ts";
export { evaluatedModels, summaryRequest } from "./report/summary.ts";
export { type Timings, timings } from "./report/timings.ts";
export {
  type ExpectedInput,
  expectedInputs,
  heldOutSplits,
  judgeSplits,
  RANKED_SPLIT,
  TINY_WORLD_SPLITS,
} from "./run/inputs.ts";
export { modelNames } from "./run/model-names.ts";
export { type PlannedStage, planRun, type StageRole } from "./run/plan.ts";
export { evaluationSeed } from "./run/specs/evaluation.ts";
export { stageSeed } from "./run/stage-seed.ts";
export { type OrchestrationOptions, orchestrationService } from "./service.ts";
