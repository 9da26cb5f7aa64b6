/** Field types that several sections of the configuration share. Every default is the paper's where it states one. */
import { z } from "zod";

/** Seeds travel as JSON numbers too: whole numbers up to 2^53 - 1. */
export const seed = z.int().min(0);
/** Counts travel as 32-bit numbers. */
export const MAX_COUNT = 2 ** 32 - 1;
export const count = z.int().min(1).max(MAX_COUNT);
export const countOrZero = z.int().min(0).max(MAX_COUNT);
/** Below 1, such as the decay of a running mean. */
export const belowOne = z.number().min(0).lt(1);
export const share = z.number().min(0).max(1);
export const positive = z.number().positive();
export const nonNegative = z.number().min(0);
/** A name that becomes part of stage names and report keys. */
export const splitName = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, "must be lower-case letters, digits and underscores, beginning with a letter");
export const path = z.string().min(1);

/** Defaults of a section of sampling parameters. */
export interface SamplingDefaults {
  readonly temperature: number;
  readonly top_p: number;
  readonly max_tokens: number;
}

/** Warpers in the order in which they apply. */
export function warperFields(defaults: Pick<SamplingDefaults, "temperature" | "top_p">) {
  return {
    temperature: z.number().min(0).max(10).default(defaults.temperature),
    top_p: z.number().gt(0).max(1).default(defaults.top_p),
    top_k: countOrZero.default(0),
    min_p: share.default(0),
    repetition_penalty: positive.default(1),
  };
}

/** `max_tokens` counts the stop token. */
export function samplingFields(defaults: SamplingDefaults) {
  return { ...warperFields(defaults), max_tokens: count.default(defaults.max_tokens) };
}

/** Nested `sampling:` of a section that has settings of its own. */
export function samplingSection(defaults: SamplingDefaults) {
  return z.strictObject(samplingFields(defaults)).prefault({});
}
