export {
  type AggregatedJudgement,
  aggregateSamples,
  countFailures,
  type JudgementFailure,
  type JudgementSample,
  type NotAsked,
} from "./aggregate-samples.ts";
export { parseCompactScore } from "./parse-compact-score.ts";
export { JudgementLineError, parseJudgement, parseJudgementLine, parseJudgementLines } from "./parse-judgement.ts";
export { parseScore } from "./parse-score.ts";
export { builtinRubric, builtinRubricNames } from "./rubric/builtin-rubrics.ts";
export { type RenderedSegment, renderRubric, renderSegments } from "./rubric/render-rubric.ts";
export { RubricError } from "./rubric/rubric-error.ts";
export {
  parseRubricTemplate,
  type RubricFormat,
  type RubricTemplate,
  type ScoreFormat,
} from "./rubric/rubric-template.ts";
export { MAX_SCORE, type ScoreFailure, type ScoreResult, scoreFailures } from "./score/score-result.ts";
export { type JudgingOptions, judgingService } from "./service.ts";
