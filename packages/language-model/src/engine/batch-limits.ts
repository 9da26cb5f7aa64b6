import type { LlamaConfig } from "../llama/llama-config.ts";
import { activationBytes, rowBytes } from "../memory-estimate.ts";
import { type BatchLimits, defaultBatchLimits } from "../sampling/generate.ts";

/** The longest of what is sampled at a time, in tokens. */
export interface SequenceLengths {
  readonly prompt: number;
  readonly completion: number;
}

/** Of the memory that the first row and the longest prompt leave; the rest holds more rows. */
const prefillShare = 0.25;
/** Tokens scored at a time where memory allows more. */
const mostScoredTokens = 8192;

/**
 * How many rows and prompt tokens fit into `freeBytes`, what the weights leave of the budget, and at most `wanted`.
 * `checkMemory` saw to the room for one row and its prompt, so that one of each is allowed always.
 */
export function batchLimits(
  config: LlamaConfig,
  freeBytes: number,
  { prompt, completion }: SequenceLengths,
  wanted: BatchLimits = defaultBatchLimits,
): BatchLimits {
  const perToken = activationBytes(config, "sampling");
  const perRow = rowBytes(config, Math.min(config.maxPositions, prompt + completion));
  const spare = Math.max(0, freeBytes - prompt * perToken - perRow);
  const prefillTokens = Math.min(Math.floor((prefillShare * spare) / perToken), wanted.maxPrefillTokens);
  const rows = Math.floor((spare - prefillTokens * perToken) / perRow);
  return {
    maxRows: Math.min(1 + rows, wanted.maxRows),
    maxPrefillTokens: Math.min(prompt + prefillTokens, wanted.maxPrefillTokens),
  };
}

/** Tokens to score at a time; one sequence may exceed it. */
export function scoredTokens(config: LlamaConfig, freeBytes: number): number {
  const tokens = Math.floor(freeBytes / activationBytes(config, "sampling"));
  return Math.min(Math.max(1, tokens), mostScoredTokens);
}
