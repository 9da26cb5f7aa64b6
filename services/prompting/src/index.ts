export {
  buildFewShotPrompt,
  FEW_SHOT_GENERATED,
  FEW_SHOT_SEEDS,
  type FewShotPrompt,
  type FewShotSources,
} from "./few-shot.ts";
export { normalisePrompt } from "./normalise-prompt.ts";
export { parseFewShotContinuation, parseSampledPrompt } from "./parse-generated.ts";
export {
  defaultPromptFilter,
  type GeneratedPrompt,
  PromptFilter,
  type PromptFilterOptions,
  type PromptFilterSets,
  type PromptRejection,
  promptRejections,
} from "./prompt-filter.ts";
export { longestCommonSubsequence, type RougeL, rougeL, rougeTokens } from "./rouge-l.ts";
export { SimilarityIndex } from "./similarity-index.ts";
