import { z } from "zod";
import type { StoreOptions } from "../artifact-store.ts";
import { readSourceFile } from "../file-store/source-directory.ts";
import { lineError, readJsonLines } from "./json-lines.ts";
import { groupId, type RankedAnswersRecord } from "./ranked-answers.ts";
import { exampleId, type SftExampleRecord } from "./sft-example.ts";
import { firstProblem } from "./validate-record.ts";

/** What is read of an export; its many other members are passed over. */
const message = z.object({
  text: z.string(),
  lang: z.string().optional(),
  deleted: z.boolean().optional(),
  rank: z.int().nonnegative().nullish(),
});
const treeSchema = z.object({ prompt: message.extend({ replies: z.array(message) }) });

export type MessageTree = z.infer<typeof treeSchema>;

/** What became of the trees and their first replies; `groups` plus the trees left out is `trees`. */
export interface OpenAssistantCounts {
  trees: number;
  groups: number;
  answers: number;
  treesInOtherLanguage: number;
  treesDeleted: number;
  treesWithoutAnswers: number;
  repliesInOtherLanguage: number;
  repliesDeleted: number;
  repliesUnranked: number;
}

export function newOpenAssistantCounts(): OpenAssistantCounts {
  return {
    trees: 0,
    groups: 0,
    answers: 0,
    treesInOtherLanguage: 0,
    treesDeleted: 0,
    treesWithoutAnswers: 0,
    repliesInOtherLanguage: 0,
    repliesDeleted: 0,
    repliesUnranked: 0,
  };
}

export interface OpenAssistantOptions extends StoreOptions {
  /** Keep this language only, e.g. `en`; messages that name none are kept. Default: all. */
  readonly language?: string;
  /** Counted up as the trees are read. */
  readonly counts?: OpenAssistantCounts;
}

/** First answers of a tree that people ranked, in the order of their ranks; undefined where none is left. */
export function rankedAnswersOf(
  { prompt }: MessageTree,
  language: string | undefined,
  counts: OpenAssistantCounts,
): RankedAnswersRecord | undefined {
  const foreign = (lang: string | undefined) => language !== undefined && lang !== undefined && lang !== language;
  counts.trees++;
  if (prompt.deleted || prompt.text === "") counts.treesDeleted++;
  else if (foreign(prompt.lang)) counts.treesInOtherLanguage++;
  else {
    const answers: (RankedAnswersRecord["answers"][number] & { rank: number })[] = [];
    for (const { text, lang, deleted, rank } of prompt.replies) {
      if (deleted) counts.repliesDeleted++;
      else if (foreign(lang)) counts.repliesInOtherLanguage++;
      else if (rank === null || rank === undefined) counts.repliesUnranked++;
      else answers.push({ text, rank, score: null });
    }
    if (answers.length > 0) {
      counts.groups++;
      counts.answers += answers.length;
      answers.sort((a, b) => a.rank - b.rank);
      const group = { prompt: prompt.text, answers };
      return { group_id: groupId(group), ...group };
    }
    counts.treesWithoutAnswers++;
  }
  return undefined;
}

/**
 * Reads an Open Assistant export of message trees (one tree a line) as groups of ranked first answers.
 * Errors as of `readUserRecords`.
 */
export async function* readOpenAssistantTrees(
  path: string,
  options: OpenAssistantOptions = {},
): AsyncGenerator<RankedAnswersRecord, void, undefined> {
  const counts = options.counts ?? newOpenAssistantCounts();
  for await (const { line, value } of readJsonLines(readSourceFile(path, true, options.signal), path)) {
    const tree = treeSchema.safeParse(value);
    if (!tree.success) {
      const problem = firstProblem(tree.error);
      throw lineError(path, line, `not an Open Assistant message tree: ${problem.message}`, problem.field);
    }
    const group = rankedAnswersOf(tree.data, options.language, counts);
    if (group) yield group;
  }
}

/** The instruction example that a group gives: its prompt with the answer of rank 0; undefined where none has that rank. */
export function bestAnswerExample(group: RankedAnswersRecord): SftExampleRecord | undefined {
  const best = group.answers.find((answer) => answer.rank === 0 && answer.text !== "");
  if (!best) return undefined;
  const example = { kind: "ift", prompt: group.prompt, completion: best.text, prompt_format: "chat" } as const;
  return { example_id: exampleId(example), ...example };
}
