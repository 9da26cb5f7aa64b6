import { readSourceFile } from "../file-store/source-directory.ts";
import { readUserRecords } from "./import-records.ts";
import { readJsonLines } from "./json-lines.ts";
import { type OpenAssistantOptions, readOpenAssistantTrees } from "./open-assistant.ts";
import { type RankedAnswersRecord, rankedAnswersKind } from "./ranked-answers.ts";

/**
 * Groups of ranked answers from a user's file of either form, told by its first line: Open Assistant message trees
 * (`prompt` is an object), or ranked-answers records (`prompt` is text). Language and counts concern trees only.
 *
 * Errors: FILE_NOT_FOUND; RECORD_INVALID naming file, line and field.
 */
export async function* readRankedAnswersFile(
  path: string,
  options: OpenAssistantOptions = {},
): AsyncGenerator<RankedAnswersRecord, void, undefined> {
  if (await holdsTrees(path, options.signal)) yield* readOpenAssistantTrees(path, options);
  else yield* readUserRecords(rankedAnswersKind, path, options);
}

async function holdsTrees(path: string, signal: AbortSignal | undefined): Promise<boolean> {
  for await (const { value } of readJsonLines(readSourceFile(path, true, signal), path)) {
    const prompt: unknown = typeof value === "object" && value !== null && "prompt" in value ? value.prompt : undefined;
    return typeof prompt === "object";
  }
  return false;
}
