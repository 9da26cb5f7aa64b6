import {
  type AnswerDrop,
  answerDrops,
  type PairingStrategy,
  type PreferencePair,
  type PromptDrop,
  promptDrops,
  type ScoredAnswer,
  type ScoredPrompt,
  type UsableAnswer,
} from "./pairing-types.ts";
import { bestWorst } from "./strategies/best-worst.ts";
import { shuffled } from "./strategies/shuffled.ts";

export const pairingStrategies = { best_worst: bestWorst, shuffled } as const satisfies Record<string, PairingStrategy>;
export type PairingStrategyName = keyof typeof pairingStrategies;

export interface PairingOptions {
  readonly strategy: PairingStrategyName;
  readonly seed: number;
}

export interface PairingResult {
  /** In the order of the prompts. */
  readonly pairs: readonly PreferencePair[];
  readonly counts: PairingCounts;
}

/** prompts = pairs + sum(promptDrops); answers = usable ones + sum(answerDrops). */
export interface PairingCounts {
  readonly prompts: number;
  readonly answers: number;
  readonly pairs: number;
  readonly promptDrops: Readonly<Record<PromptDrop, number>>;
  readonly answerDrops: Readonly<Record<AnswerDrop, number>>;
}

/** At most one pair for each prompt. A prompt's result depends on that prompt and the seed alone. */
export function buildPairs(prompts: readonly ScoredPrompt[], options: PairingOptions): PairingResult {
  const strategy: PairingStrategy = pairingStrategies[options.strategy];
  const pairs: PreferencePair[] = [];
  const promptCounts = zeros(promptDrops);
  const answerCounts = zeros(answerDrops);
  for (const { promptId, answers } of prompts) {
    const { usable, dropped } = selectAnswers(answers);
    for (const drop of answerDrops) answerCounts[drop] += dropped[drop];
    const pair = usable.length < 2 ? null : strategy(promptId, usable, options.seed);
    if (pair !== null) pairs.push(pair);
    else promptCounts[usable.length < 2 ? tooFew(usable.length, dropped) : "tie"] += 1;
  }
  const answers = prompts.reduce((total, prompt) => total + prompt.answers.length, 0);
  const counts = { prompts: prompts.length, answers, pairs: pairs.length };
  return { pairs, counts: { ...counts, promptDrops: promptCounts, answerDrops: answerCounts } };
}

/** Counts of two shards as one. */
export function addPairingCounts(a: PairingCounts, b: PairingCounts): PairingCounts {
  const promptCounts = zeros(promptDrops);
  const answerCounts = zeros(answerDrops);
  for (const drop of promptDrops) promptCounts[drop] = a.promptDrops[drop] + b.promptDrops[drop];
  for (const drop of answerDrops) answerCounts[drop] = a.answerDrops[drop] + b.answerDrops[drop];
  const counts = { prompts: a.prompts + b.prompts, answers: a.answers + b.answers, pairs: a.pairs + b.pairs };
  return { ...counts, promptDrops: promptCounts, answerDrops: answerCounts };
}

/**
 * Identical texts become one answer whose score is the mean of theirs: the judge may have sampled different scores for
 * the same words, and a pair must not prefer a text to itself.
 */
function selectAnswers(answers: readonly ScoredAnswer[]): {
  usable: UsableAnswer[];
  dropped: Record<AnswerDrop, number>;
} {
  const dropped = zeros(answerDrops);
  const byText = new Map<string, UsableAnswer[]>();
  for (const answer of answers) {
    const { score } = answer;
    if (!answer.complete) dropped.truncated += 1;
    else if (answer.text.trim() === "") dropped.empty += 1;
    else if (score === null) dropped.failed_judgement += 1;
    else {
      const same = byText.get(answer.text);
      if (same) dropped.identical += 1;
      byText.set(answer.text, [...(same ?? []), { ...answer, score }]);
    }
  }
  const usable = [...byText.values()].flatMap((same) => {
    const [first] = same;
    const score = same.reduce((total, answer) => total + answer.score, 0) / same.length;
    return first === undefined ? [] : [same.length === 1 ? first : { ...first, score }];
  });
  return { usable, dropped };
}

/** The first cause without which two answers would have been left. */
function tooFew(usable: number, dropped: Readonly<Record<AnswerDrop, number>>): PromptDrop {
  if (usable + dropped.failed_judgement >= 2) return "too_few_scored";
  if (usable + dropped.truncated >= 2) return "truncated_answers";
  if (usable + dropped.identical >= 2) return "identical_answers";
  return "too_few_answers";
}

function zeros<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}
