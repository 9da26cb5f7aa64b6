/** A prompt with the candidates that answer it and what the judge made of them. */
export interface ScoredPrompt {
  readonly promptId: string;
  readonly answers: readonly ScoredAnswer[];
}

export interface ScoredAnswer {
  readonly candidateId: string;
  readonly text: string;
  /** Mean of the judgement samples that could be read; null where none could. */
  readonly score: number | null;
  /** Whether the answer ended by itself; false where it was cut off at the token limit (finish reason `length`). */
  readonly complete: boolean;
}

/** An answer that takes part, its score known. */
export interface UsableAnswer extends ScoredAnswer {
  readonly score: number;
}

export interface PreferencePair {
  readonly promptId: string;
  readonly chosen: UsableAnswer;
  readonly rejected: UsableAnswer;
}

/**
 * Why an answer takes no part: `truncated` it was cut off; `empty` it says nothing; `failed_judgement` no judgement of
 * it could be read; `identical` its text is that of an earlier answer to the same prompt, into which it is merged.
 * An answer is counted once, under the first of these that applies.
 */
export const answerDrops = ["truncated", "empty", "failed_judgement", "identical"] as const;
export type AnswerDrop = (typeof answerDrops)[number];

/**
 * Why a prompt gives no pair: `too_few_scored`, `truncated_answers` and `identical_answers` where without that
 * cause two answers would have been left (named in this order where several causes do); `too_few_answers` otherwise;
 * `tie` all scores are equal.
 */
export const promptDrops = [
  "tie",
  "too_few_scored",
  "truncated_answers",
  "identical_answers",
  "too_few_answers",
] as const;
export type PromptDrop = (typeof promptDrops)[number];

/** Makes at most one pair of a prompt's usable answers (two or more, texts all different); null is a tie. */
export type PairingStrategy = (
  promptId: string,
  answers: readonly UsableAnswer[],
  seed: number,
) => PreferencePair | null;
