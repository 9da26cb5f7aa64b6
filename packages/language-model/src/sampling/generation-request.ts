import { LanguageModelError } from "../errors.ts";
import { checkIds } from "../token-batch.ts";
import { checkSamplingSettings, type SamplingSettings } from "./sampling-settings.ts";

export interface GenerationPrompt {
  /** Names the prompt for the random numbers, so that neither order nor batch matters: a digest of its content. */
  readonly key: string;
  readonly ids: ArrayLike<number>;
}

export interface GenerationSettings {
  readonly sampling: SamplingSettings;
  /** Completions of each prompt, at least 1. */
  readonly candidates: number;
  /** Tokens to sample at most, stop tokens included; at least 1. */
  readonly maxTokens: number;
  /** Each ends a completion and is its last id. */
  readonly stopIds: readonly number[];
  /** The same for several ids in a row. */
  readonly stopSequences: readonly (readonly number[])[];
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
}

export interface Completion {
  readonly promptIndex: number;
  readonly candidateIndex: number;
  /** What was sampled, stop tokens included. */
  readonly ids: Int32Array;
  /** log p of each id under the model itself: before temperature, filters and penalty. */
  readonly logProbs: Float32Array;
  /** `length`: maxTokens were sampled without a stop. */
  readonly finishReason: "stop" | "length";
}

interface Limits {
  readonly vocabSize: number;
  readonly maxPositions: number;
}

/** Throws INVALID_SAMPLING_PARAMETER or INVALID_TOKEN naming field and value. */
export function checkGenerationSettings(settings: GenerationSettings, limits: Limits): void {
  const { sampling, candidates, maxTokens, stopIds, stopSequences, seed } = settings;
  checkSamplingSettings(sampling, "sampling.");
  checkCount("candidates", candidates, 1);
  checkCount("maxTokens", maxTokens, 1);
  checkCount("seed", seed, 0);
  checkIds(stopIds, limits.vocabSize, "stopIds");
  for (const [i, sequence] of stopSequences.entries()) {
    checkCount(`stopSequences[${i}].length`, sequence.length, 1);
    checkIds(sequence, limits.vocabSize, `stopSequences[${i}]`);
  }
}

/** Throws PROMPT_TOO_LONG with the numbers, or INVALID_TOKEN. `field` names the prompt. */
export function checkPrompt(prompt: GenerationPrompt, maxTokens: number, limits: Limits, field: string): void {
  const { length } = prompt.ids;
  if (length === 0) {
    throw new LanguageModelError("INVALID_TOKEN", `${field}.ids is empty; a prompt needs a token`, {
      field: `${field}.ids`,
    });
  }
  checkIds(prompt.ids, limits.vocabSize, `${field}.ids`);
  if (length + maxTokens > limits.maxPositions) {
    throw new LanguageModelError(
      "PROMPT_TOO_LONG",
      `${field} has ${length} tokens; with up to ${maxTokens} new ones that is ${length + maxTokens}, more than the ` +
        `model's context of ${limits.maxPositions}; shorten it or lower the limit of new tokens`,
      { field, value: String(length) },
    );
  }
}

function checkCount(field: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new LanguageModelError("INVALID_SAMPLING_PARAMETER", `${field} ${value} must be a whole number from ${least}`, {
    field,
    value: String(value),
  });
}
