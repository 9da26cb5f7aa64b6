import { LanguageModelError } from "../errors.ts";

/** How the next token is chosen. Absent fields are off; the order of application is that of `warp-distribution.ts`. */
export interface SamplingSettings {
  /** 0: the most likely token (lowest id of equals), no randomness. Otherwise logits are divided by it. */
  readonly temperature: number;
  /** Keep the k most likely tokens. */
  readonly topK?: number | undefined;
  /** Keep the smallest set of most likely tokens whose probability reaches it; in (0, 1]. */
  readonly topP?: number | undefined;
  /** Keep tokens at least this share of the most likely one's probability; in [0, 1]. */
  readonly minP?: number | undefined;
  /** Logits of ids already in prompt or answer are divided (positive) or multiplied (negative) by it; above 0. */
  readonly repetitionPenalty?: number | undefined;
}

/** Throws INVALID_SAMPLING_PARAMETER naming the first field outside its range. */
export function checkSamplingSettings(settings: SamplingSettings, path = ""): void {
  const { temperature, topK, topP, minP, repetitionPenalty } = settings;
  require(path, "temperature", temperature, temperature >= 0 && temperature < Number.POSITIVE_INFINITY, "0 or above");
  require(path, "topK", topK, topK === undefined || (Number.isSafeInteger(topK) && topK >= 1), "a whole number from 1");
  require(path, "topP", topP, topP === undefined || (topP > 0 && topP <= 1), "above 0 and at most 1");
  require(path, "minP", minP, minP === undefined || (minP >= 0 && minP <= 1), "from 0 to 1");
  const penalty = repetitionPenalty ?? 1;
  require(path, "repetitionPenalty", repetitionPenalty, penalty > 0 && penalty < Number.POSITIVE_INFINITY, "above 0");
}

function require(path: string, name: string, value: number | undefined, holds: boolean, range: string): void {
  if (holds) return;
  throw new LanguageModelError("INVALID_SAMPLING_PARAMETER", `${path}${name} ${value} must be ${range}`, {
    field: path + name,
    value: String(value),
  });
}
