/**
 * Answers to one prompt, scored by a judge and ranked by people (or by a verifier): what reward-modelling metrics
 * compare. One convention for all of them: an answer whose score could not be read (null) is left out of its group and
 * counted; a group with fewer than two answers left is not usable.
 */

export interface JudgeGroup {
  /** Mean of the judge samples that could be read, higher is better; null where none could. */
  readonly scores: readonly (number | null)[];
  /** Rank of the same answers: smaller is better, ties share the better rank (0 1 1 3). */
  readonly ranks: readonly number[];
}

/** A group without failures. */
export interface ReadableGroup {
  readonly scores: readonly number[];
  readonly ranks: readonly number[];
}

/** The group without the answers whose score could not be read; it may be empty. */
export function readableAnswers(group: JudgeGroup): ReadableGroup {
  const { scores, ranks } = group;
  if (scores.length !== ranks.length) {
    throw new RangeError(
      `a judge group has ${scores.length} scores and ${ranks.length} ranks; it needs one of each per answer`,
    );
  }
  const readable = scores.flatMap((score, i) => (score === null ? [] : [{ score, rank: ranks[i] as number }]));
  return { scores: readable.map(({ score }) => score), ranks: readable.map(({ rank }) => rank) };
}

/** True where two answers or more are left to be compared. */
export function isUsable(group: ReadableGroup): boolean {
  return group.scores.length >= 2;
}

/** One unordered pair of answers: each sign is +1 where the first is better, -1 where the second is, 0 for a tie. */
export interface AnswerPair {
  readonly judge: number;
  readonly human: number;
}

/** All unordered pairs of a group. */
export function answerPairs({ scores, ranks }: ReadableGroup): AnswerPair[] {
  return scores.flatMap((score, i) =>
    scores.slice(i + 1).map((other, j) => ({
      judge: Math.sign(score - other),
      human: Math.sign((ranks[i + 1 + j] as number) - (ranks[i] as number)),
    })),
  );
}
