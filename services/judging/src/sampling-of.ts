import { type Sampling, samplingField, samplingRecord } from "@srlm/artifacts";
import type { inference } from "@srlm/contracts";
import { invalidArgument } from "@srlm/service-kit";

/**
 * Sampling parameters of judgements with what is absent written out; no `max_tokens` means the rubric's. `field` is
 * the path of the message. INVALID_ARGUMENT (FIELD_REQUIRED, SAMPLING_INVALID).
 */
export function samplingOf(
  parameters: inference.SamplingParameters | undefined,
  rubricMaxTokens: number,
  field: string,
): Sampling {
  if (parameters === undefined) throw invalidArgument(field, "must be set", "FIELD_REQUIRED");
  const sampling = samplingRecord({ ...parameters, maxTokens: parameters.maxTokens || rubricMaxTokens });
  const checked = samplingField.safeParse(sampling);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const name = String(issue?.path[0]) as keyof Sampling;
  throw invalidArgument(`${field}.${name}`, `is ${sampling[name]}: ${issue?.message}`, "SAMPLING_INVALID");
}

/** The same as a message. */
export function samplingMessage(sampling: Sampling): inference.SamplingParameters {
  return {
    temperature: sampling.temperature,
    topP: sampling.top_p,
    topK: sampling.top_k,
    minP: sampling.min_p,
    repetitionPenalty: sampling.repetition_penalty,
    maxTokens: sampling.max_tokens,
  };
}
