/**
 * Divides prompts with ranked answers into what M1 learns from, what the loop answers, and what is held out. No prompt
 * is in two parts, so that nothing that is measured was learnt, and the loop's prompts are new to M1.
 */
import {
  bestAnswerExample,
  type PromptRecord,
  promptId,
  type RankedAnswersRecord,
  type SftExampleRecord,
} from "@srlm/artifacts";
import type { RankedSplit } from "../config/data-section.ts";
import { stageSeed } from "../run/stage-seed.ts";

export interface RankedParts {
  /** Input `ift`: prompts with their best answer. */
  readonly ift: readonly SftExampleRecord[];
  /** Input `prompts`: the loop's pool. */
  readonly prompts: readonly PromptRecord[];
  /** Input `held_out/ranked`. */
  readonly heldOut: readonly PromptRecord[];
  /** Input `judge/ranked`: held-out prompts with two or more answers of different rank. */
  readonly judge: readonly RankedAnswersRecord[];
}

const SOURCE = "ranked";

function toPrompt({ prompt }: RankedAnswersRecord): PromptRecord {
  return { prompt_id: promptId({ prompt }), prompt, source: SOURCE };
}

function isComparable({ answers }: RankedAnswersRecord): boolean {
  return new Set(answers.flatMap(({ rank }) => (rank === null ? [] : [rank]))).size > 1;
}

/**
 * The order is a function of prompts and seed alone (SHA-256 of both), not of the order of the file: a prompt that comes
 * twice counts once, with its first group. `seed` is the evaluation seed, so that all training seeds are measured on the
 * same prompts.
 */
export function splitRanked(groups: Iterable<RankedAnswersRecord>, split: RankedSplit, seed: number): RankedParts {
  const byPrompt = new Map<string, RankedAnswersRecord>();
  for (const group of groups) if (!byPrompt.has(group.prompt)) byPrompt.set(group.prompt, group);
  const keyed = [...byPrompt.values()].map((group) => ({ group, key: stageSeed(seed, `ranked/${group.prompt}`) }));
  const ordered = keyed.sort((a, b) => a.key - b.key).map(({ group }) => group);
  const heldOut = Math.round(ordered.length * split.held_out_share);
  const pool = heldOut + Math.round(ordered.length * split.prompts_share);
  return {
    heldOut: ordered.slice(0, heldOut).map(toPrompt),
    judge: ordered.slice(0, heldOut).filter(isComparable),
    prompts: ordered.slice(heldOut, pool).map(toPrompt),
    ift: ordered.slice(pool).flatMap((group) => bestAnswerExample(group) ?? []),
  };
}
