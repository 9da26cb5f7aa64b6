import type { PairingStrategy } from "../pairing-types.ts";
import { seededShuffle } from "../seeded-choice.ts";
import { bestWorst } from "./best-worst.ts";

/**
 * The control: the scores of a prompt are permuted among its answers, then paired best against worst.
 *
 * Prompts, answers, the histogram of scores and the number of ties stay what they are; only the tie between an answer
 * and its score is cut. A gain that this control shows too does not come from the judge.
 */
export const shuffled: PairingStrategy = (promptId, answers, seed) => {
  const scores = seededShuffle(
    answers.map((answer) => answer.score),
    seed,
    "shuffled",
    promptId,
  );
  const permuted = answers.map((answer, index) => ({ ...answer, score: scores[index] ?? answer.score }));
  return bestWorst(promptId, permuted, seed);
};
