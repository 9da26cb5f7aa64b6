/**
 * Why no score can be read from a judgement. A failure is counted by its name and never becomes a number.
 *
 * - `empty`: the text holds nothing but white space
 * - `no_mention`: no word `score` followed by `:`, `=`, ` - ` or a line break
 * - `no_number`: every mention lacks a number (a template echo, prose, "n/a", a bare "5-point scale")
 * - `cut_off`: the text ends inside the mention that would decide
 * - `negative`: a minus is joined to the number
 * - `out_of_range`: outside 0..5
 * - `other_denominator`: out of anything but 5, or a percentage
 * - `ambiguous`: a range, alternatives, a sum, an approximation, or a gloss that contradicts the number
 * - `malformed_number`: exponents, `4.7.1`, thousands separators, letters joined to the digits
 * - `not_at_end`: the compact format alone: the text does not end with exactly `score : k`
 */
export const scoreFailures = [
  "empty",
  "no_mention",
  "no_number",
  "cut_off",
  "negative",
  "out_of_range",
  "other_denominator",
  "ambiguous",
  "malformed_number",
  "not_at_end",
] as const;

export type ScoreFailure = (typeof scoreFailures)[number];

/** Exactly one of a score within 0..5 and the reason why none was read. */
export type ScoreResult =
  | { readonly score: number; readonly failure: null }
  | { readonly score: null; readonly failure: ScoreFailure };

export const MAX_SCORE = 5;

export const succeeded = (score: number): ScoreResult => ({ score, failure: null });
export const failed = (failure: ScoreFailure): ScoreResult => ({ score: null, failure });
