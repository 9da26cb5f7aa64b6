import { type Sampling, samplingRecord } from "@srlm/artifacts";
import type { inference } from "@srlm/contracts";
import type { SamplingSettings } from "@srlm/language-model";
import { invalidArgument } from "@srlm/service-kit";

/** Hotter than this and every distribution is all but uniform: a typing error, not a wish. */
const maxTemperature = 10;

/**
 * Checks the parameters of a request and fills in what is absent; `field` is the path of the message in its request.
 * INVALID_ARGUMENT naming the field and its value.
 */
export function checkSampling(parameters: inference.SamplingParameters | undefined, field: string): Sampling {
  if (parameters === undefined) throw invalidArgument(field, "must be set", "FIELD_REQUIRED");
  const { temperature, topP = 1, minP, repetitionPenalty = 1, maxTokens } = parameters;
  const check = (holds: boolean, name: string, range: string, value: number) => {
    if (!holds) throw invalidArgument(`${field}.${name}`, `must be ${range}, got ${value}`, "SAMPLING_INVALID");
  };
  check(temperature >= 0 && temperature <= maxTemperature, "temperature", `in [0, ${maxTemperature}]`, temperature);
  check(topP > 0 && topP <= 1, "top_p", "in (0, 1]", topP);
  check(minP >= 0 && minP <= 1, "min_p", "in [0, 1]", minP);
  check(
    repetitionPenalty > 0 && Number.isFinite(repetitionPenalty),
    "repetition_penalty",
    "greater than 0",
    repetitionPenalty,
  );
  check(maxTokens >= 1, "max_tokens", "at least 1", maxTokens);
  return samplingRecord(parameters);
}

/** The same for the engine, where absent means off. */
export function samplingSettings(sampling: Sampling): SamplingSettings {
  const { temperature, top_p, top_k, min_p, repetition_penalty } = sampling;
  return {
    temperature,
    ...(top_k > 0 && { topK: top_k }),
    ...(top_p < 1 && { topP: top_p }),
    ...(min_p > 0 && { minP: min_p }),
    ...(repetition_penalty !== 1 && { repetitionPenalty: repetition_penalty }),
  };
}
