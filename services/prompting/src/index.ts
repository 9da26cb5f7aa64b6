export {
  buildFewShotPrompt,
  type FewShotExamples,
  type FewShotPrompt,
  type FewShotSources,
  PAPER_EXAMPLES,
} from "./few-shot.ts";
export { normalisePrompt } from "./normalise-prompt.ts";
export { parseFewShotContinuation, parseSampledPrompt } from "./parse-generated.ts";
export {
  type GeneratedPrompt,
  PromptFilter,
  type PromptFilterOptions,
  type PromptRejection,
  promptRejections,
} from "./prompt-filter.ts";
export { longestCommonSubsequence, type RougeL, rougeL, rougeTokens } from "./rouge-l.ts";
export { promptingService } from "./service.ts";
export { SimilarityIndex } from "./similarity-index.ts";
