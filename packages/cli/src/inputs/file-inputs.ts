/** Inputs from a user's files. Every broken line, missing file and empty dataset is named, and nothing is started. */
import {
  type ArtifactRef,
  type ArtifactStore,
  documentKind,
  exampleId,
  type PromptRecord,
  promptKind,
  type RankedAnswersRecord,
  type RecordKind,
  rankedAnswersKind,
  readRankedAnswersFile,
  readUserRecords,
  type SftExampleRecord,
  sftExampleKind,
} from "@srlm/artifacts";
import { type Config, evaluationSeed, RANKED_SPLIT, type RankedParts, splitRanked } from "@srlm/orchestration";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { storeRecords } from "./imported-records.ts";
import { promptRecord } from "./prompt-record.ts";

const ORIGIN = { producer: "import" } as const;
const SOURCE = "user";

async function collect<T>(records: AsyncIterable<T>, field: string, path: string): Promise<T[]> {
  const all: T[] = [];
  for await (const record of records) all.push(record);
  if (all.length === 0) throw new CliError(EXIT.usage, `${field}: ${path} holds no records`);
  return all;
}

/** Lines that name no kind become examples of the kind that their file is for. */
function ofKind(record: SftExampleRecord, kind: SftExampleRecord["kind"]): SftExampleRecord {
  if (record.kind === kind) return record;
  const changed = { ...record, kind };
  const derived = record.example_id === exampleId(record);
  return derived ? { ...changed, example_id: exampleId(changed) } : changed;
}

async function readExamples(path: string, kind: "ift" | "eft"): Promise<SftExampleRecord[]> {
  const records = await collect(readUserRecords(sftExampleKind, path), `data.${kind}`, path);
  return records.map((record) => ofKind(record, kind));
}

async function readRanked(config: Config, path: string, seed: number): Promise<RankedParts | undefined> {
  const { ranked_split: split } = config.data;
  if (split === undefined) return undefined;
  const groups = await collect(readRankedAnswersFile(path), "data.ranked", path);
  const parts = splitRanked(groups, split, evaluationSeed(config, seed));
  if (parts.ift.length > 0 || config.data.ift !== undefined) return parts;
  throw new CliError(
    EXIT.usage,
    `data.ranked: of the ${groups.length} prompts of ${path} none has a best answer (rank 0) and is left for IFT: give more data, or smaller shares in data.ranked_split`,
  );
}

function unique(prompts: readonly string[]): PromptRecord[] {
  return [...new Set(prompts)].filter((prompt) => prompt !== "").map((prompt) => promptRecord(prompt, SOURCE));
}

/**
 * All inputs that a configuration with files names; `resolve` gives the place of a path of the configuration. A file of
 * its own goes before what `data.ranked` gives for the same purpose.
 *
 * Errors: ArtifactError FILE_NOT_FOUND, RECORD_INVALID naming file, line and field; CliError for what is empty.
 */
export async function fileInputs(
  store: ArtifactStore,
  config: Config,
  seed: number,
  resolve: (path: string) => string,
): Promise<Record<string, ArtifactRef>> {
  const { data } = config;
  const put = <T>(kind: RecordKind<T>, records: readonly T[]) => storeRecords(store, kind, records, ORIGIN);
  const ranked = data.ranked === undefined ? undefined : await readRanked(config, resolve(data.ranked), seed);
  const ift = data.ift === undefined ? (ranked?.ift ?? []) : await readExamples(resolve(data.ift), "ift");
  const iftPrompts = ift.map(({ prompt }) => prompt);
  const inputs: Record<string, ArtifactRef> = { ift: await put(sftExampleKind, ift) };

  if (data.eft !== undefined) inputs["eft"] = await put(sftExampleKind, await readExamples(resolve(data.eft), "eft"));
  if (data.documents !== undefined) {
    const path = resolve(data.documents);
    inputs["documents"] = await put(
      documentKind,
      await collect(readUserRecords(documentKind, path), "data.documents", path),
    );
  }
  inputs["prompts"] = await put(promptKind, await readPrompts(config, ranked, iftPrompts, resolve));

  const heldOut = new Map<string, readonly PromptRecord[]>(
    ranked === undefined ? [] : [[RANKED_SPLIT, ranked.heldOut]],
  );
  for (const [split, path] of Object.entries(data.held_out)) {
    heldOut.set(
      split,
      await collect(readUserRecords(promptKind, resolve(path)), `data.held_out.${split}`, resolve(path)),
    );
  }
  const judge = new Map<string, readonly RankedAnswersRecord[]>(
    ranked === undefined ? [] : [[RANKED_SPLIT, ranked.judge]],
  );
  for (const [split, path] of Object.entries(data.judge)) {
    judge.set(split, await collect(readRankedAnswersFile(resolve(path)), `data.judge.${split}`, resolve(path)));
  }
  for (const [split, prompts] of heldOut) inputs[`held_out/${split}`] = await put(promptKind, prompts);
  for (const [split, groups] of judge) inputs[`judge/${split}`] = await put(rankedAnswersKind, groups);

  const judged = [...judge.values()].flatMap((groups) => groups.map(({ prompt }) => prompt));
  inputs["excluded"] = await put(promptKind, unique([...iftPrompts, ...judged]));
  return inputs;
}

/** The loop's pool, or the examples of few-shot prompting. */
async function readPrompts(
  { data, prompting }: Config,
  ranked: RankedParts | undefined,
  iftPrompts: readonly string[],
  resolve: (path: string) => string,
): Promise<readonly PromptRecord[]> {
  if (data.prompts !== undefined) {
    const path = resolve(data.prompts);
    return collect(readUserRecords(promptKind, path), "data.prompts", path);
  }
  return prompting.source === "pooled" && ranked !== undefined ? ranked.prompts : unique(iftPrompts);
}
