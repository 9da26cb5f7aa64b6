import type { inference } from "@srlm/contracts";
import type { Sampling } from "./fields.ts";

/** Sampling parameters as records and manifests keep them: what is absent in the message has its meaning written out. */
export function samplingRecord(parameters: inference.SamplingParameters): Sampling {
  const { temperature, topP = 1, topK, minP, repetitionPenalty = 1, maxTokens } = parameters;
  return {
    temperature,
    top_p: topP,
    top_k: topK,
    min_p: minP,
    repetition_penalty: repetitionPenalty,
    max_tokens: maxTokens,
  };
}
