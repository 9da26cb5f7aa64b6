import type { PairingStrategy, UsableAnswer } from "../pairing-types.ts";
import { seededChoice } from "../seeded-choice.ts";

/** Means of equal samples in another order differ by rounding (below 1e-15); means that differ do so by far more. */
const EQUAL_WITHIN = 1e-9;

/**
 *     chosen   = one of argmax_a s(a)        rejected = one of argmin_a s(a)        no pair where max = min
 *
 * s(a): mean judge score of answer a. Self-Rewarding Language Models, arXiv 2401.10020, section 2.2. The paper does not
 * say which of several equally good (or bad) answers is taken: here one by a draw keyed by seed and prompt, so that
 * neither position in the list nor length decides.
 */
export const bestWorst: PairingStrategy = (promptId, answers, seed) => {
  const scores = answers.map((answer) => answer.score);
  const [best, worst] = [Math.max(...scores), Math.min(...scores)];
  if (best - worst <= EQUAL_WITHIN) return null;
  const among = (score: number): UsableAnswer[] =>
    answers.filter((answer) => Math.abs(answer.score - score) <= EQUAL_WITHIN);
  return {
    promptId,
    chosen: seededChoice(among(best), seed, "best", promptId),
    rejected: seededChoice(among(worst), seed, "worst", promptId),
  };
};
