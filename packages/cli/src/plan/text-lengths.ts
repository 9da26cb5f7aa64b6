/** How much text the datasets of a run hold, in estimated tokens: what a plan counts its work in. */
import {
  type ArtifactRef,
  type ArtifactStore,
  documentKind,
  promptKind,
  type RecordKind,
  readRecords,
  sftExampleKind,
} from "@srlm/artifacts";

export interface DatasetSize {
  readonly records: number;
  /** Mean estimated tokens of a record. */
  readonly tokens: number;
}

export type DatasetSizes = Readonly<Partial<Record<"documents" | "ift" | "eft" | "held_out", DatasetSize>>>;

/** English in a large vocabulary; in the tiny world a word is a token. */
const CHARACTERS_PER_TOKEN = 4;
/** Records that a mean is taken over: enough for a tenth of a token's doubt in the tiny world. */
const SAMPLE = 500;

async function sizeOf<T>(
  store: ArtifactStore,
  kind: RecordKind<T>,
  ref: ArtifactRef | undefined,
  tokens: (record: T) => number,
): Promise<DatasetSize | undefined> {
  if (ref === undefined) return undefined;
  let count = 0;
  let sum = 0;
  for await (const record of readRecords(store, kind, ref)) {
    sum += tokens(record);
    count += 1;
    if (count === SAMPLE) break;
  }
  return { records: ref.recordCount, tokens: count === 0 ? 0 : sum / count };
}

export function estimateTokens(text: string, wordsAreTokens: boolean): number {
  return wordsAreTokens ? text.split(" ").length : Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Sizes of what training reads, and of all held-out splits together. */
export async function datasetSizes(
  store: ArtifactStore,
  inputs: Readonly<Record<string, ArtifactRef>>,
  wordsAreTokens: boolean,
): Promise<DatasetSizes> {
  const length = (text: string) => estimateTokens(text, wordsAreTokens);
  const example = (record: { prompt: string; completion: string }) => length(record.prompt) + length(record.completion);
  const splits = Object.keys(inputs).filter((name) => name.startsWith("held_out/"));
  const heldOut: DatasetSize[] = [];
  for (const name of splits) {
    const size = await sizeOf(store, promptKind, inputs[name], ({ prompt }) => length(prompt));
    if (size !== undefined) heldOut.push(size);
  }
  const records = heldOut.reduce((sum, size) => sum + size.records, 0);
  const tokens = heldOut.reduce((sum, size) => sum + size.records * size.tokens, 0);
  const entries = {
    documents: await sizeOf(store, documentKind, inputs["documents"], ({ text }) => length(text)),
    ift: await sizeOf(store, sftExampleKind, inputs["ift"], example),
    eft: await sizeOf(store, sftExampleKind, inputs["eft"], example),
    held_out: records === 0 ? undefined : { records, tokens: tokens / records },
  };
  return Object.fromEntries(Object.entries(entries).filter(([, size]) => size !== undefined));
}
