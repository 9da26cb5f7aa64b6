export { formatBytes, LanguageModelError, type LanguageModelReason } from "./errors.ts";
export { parseLlamaConfig } from "./hugging-face/parse-config.ts";
export { checkSamplingSettings, type SamplingSettings } from "./sampling/sampling-settings.ts";
export { drawToken, logProbability, type WarpedDistribution, warpDistribution } from "./sampling/warp-distribution.ts";
