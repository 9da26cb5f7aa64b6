import type { Sampling } from "@srlm/artifacts";
import type { inference } from "@srlm/contracts";

/** Sampling parameters as records keep them: what is absent in the request has its meaning written out. */
export function samplingRecord(sampling: inference.SamplingParameters): Sampling {
  return {
    temperature: sampling.temperature,
    top_p: sampling.topP ?? 1,
    top_k: sampling.topK,
    min_p: sampling.minP,
    repetition_penalty: sampling.repetitionPenalty ?? 1,
    max_tokens: sampling.maxTokens,
  };
}
