import { z } from "zod";
import { count, countOrZero, path, splitName } from "./fields.ts";

const worldCounts = z.strictObject({
  documents: count.default(16_000),
  ift: count.default(10_000),
  eft: count.default(20_000),
  /** Held-out instructions of each split. */
  held_out: count.default(500),
  /** Groups of ranked answers of each split, to measure the judge on. */
  judge_groups: count.default(250),
  answers_per_group: z.int().min(2).default(4),
});

/** How the prompts of `ranked` are divided; what is left after both goes to IFT. */
const rankedSplit = z.strictObject({
  /** Share of the prompts that no training sees: answered and ranked to measure models and judges. */
  held_out_share: z.number().min(0).max(0.9).default(0.2),
  /** Share whose answers no training sees: the loop's pool of prompts. */
  prompts_share: z.number().min(0).max(0.9).default(0.3),
});

/**
 * Where the data comes from: a built-in world, or files. Paths are read by the client that starts the run, which hands
 * the service artifacts.
 */
export const dataSection = z
  .strictObject({
    world: z.literal("tiny").optional(),
    /** With `world` alone. */
    counts: worldCounts.optional(),
    /** JSONL of documents, for a new model. */
    documents: path.optional(),
    /** JSONL of prompts and answers. */
    ift: path.optional(),
    /** JSONL of judge prompts and judgements. */
    eft: path.optional(),
    /** Open Assistant trees, or JSONL of prompts with ranked answers: gives IFT, prompts, held-out prompts and ranks. */
    ranked: path.optional(),
    /** With `ranked` alone. */
    ranked_split: rankedSplit.optional(),
    /** JSONL of prompts: the pool, or the examples of few-shot prompting. */
    prompts: path.optional(),
    /** JSONL of prompts by split. */
    held_out: z.record(splitName, path).default({}),
    /** JSONL of ranked answers by split. */
    judge: z.record(splitName, path).default({}),
    /** Longer training examples are skipped and counted; 0 means as long as the model's context. */
    max_tokens: countOrZero.default(0),
  })
  .overwrite((data) => {
    if (data.world !== undefined) return { ...data, counts: data.counts ?? worldCounts.parse({}) };
    if (data.ranked !== undefined) return { ...data, ranked_split: data.ranked_split ?? rankedSplit.parse({}) };
    return data;
  });

export type DataConfig = z.output<typeof dataSection>;
export type WorldCounts = z.output<typeof worldCounts>;
export type RankedSplit = z.output<typeof rankedSplit>;
