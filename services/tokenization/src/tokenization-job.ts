/** The tokenization job: a dataset of text as ids, in the order of the input; nothing is computed twice. */
import {
  documentKind,
  joinRecords,
  type RecordRange,
  readRange,
  recordOrigin,
  recordRanges,
  sftExampleKind,
  type TokenizedExampleRecord,
  tokenizedExampleKind,
  writeRecords,
} from "@srlm/artifacts";
import { tokenization } from "@srlm/contracts";
import { type JobKind, type JobStep, required, type ShardRun } from "@srlm/service-kit";
import type { Tokenizer } from "@srlm/tokenizer";
import { type TokenizationCache, type Tokenized, tokenizationKey } from "./tokenization-cache.ts";
import { tokenizeDocument, tokenizeExample } from "./tokenize-record.ts";
import type { TokenizerCache } from "./tokenizer-cache.ts";

/** Records in a shard where the spec says nothing: some tenths of a second of work. */
const defaultShardSize = 2048;

/** Records to tokenise, or, as the one shard of its job, the dataset that was tokenised before. */
type TokenizationShard = RecordRange | { readonly done: Tokenized };

export function tokenizationJob(
  tokenizers: TokenizerCache,
  cache: TokenizationCache,
): JobKind<tokenization.TokenizationSpec, TokenizationShard, Tokenized> {
  return {
    kind: "tokenization",
    specType: tokenization.TokenizationSpec,
    unit: "records",
    async plan(spec) {
      const { recordCount } = required(spec.dataset, "spec.dataset");
      const tokenizer = await tokenizers.get(spec.tokenizer, "spec.tokenizer");
      const done = await cache.get(tokenizationKey(tokenizer, spec));
      if (done !== undefined) return [{ payload: { done }, size: recordCount }];
      const ranges = recordRanges(recordCount, spec.shardSize || defaultShardSize);
      return ranges.map((range) => ({ payload: range, size: range.end - range.start }));
    },
    async runShard(spec, shard, run) {
      if ("done" in shard) return { value: shard.done };
      const tokenizer = await tokenizers.get(spec.tokenizer, "spec.tokenizer");
      const all = await tokenizeRange(tokenizer, spec, shard, run);
      return { value: await writeFitting(all, spec.maxTokens, run) };
    },
    async finish(spec, results, step) {
      const whole = await join(
        results.map(({ value }) => value),
        step,
      );
      const { dataset, tokens, targetTokens, tooLong } = whole;
      const { documentPrefix, documentSuffix, maxTokens } = spec;
      const parameters = { document_prefix: documentPrefix, document_suffix: documentSuffix, max_tokens: maxTokens };
      const inputs = { tokenizer: spec.tokenizer!, dataset: spec.dataset! };
      const origin = { kind: "tokenized-example", producer: step.job, inputs, parameters };
      await recordOrigin(step.artifacts, dataset, origin, { signal: step.signal });
      await cache.keep(tokenizationKey(await tokenizers.get(spec.tokenizer, "spec.tokenizer"), spec), whole);
      const counts = { tokens, target_tokens: targetTokens, skipped_too_long: tooLong };
      return { outputs: { dataset }, metrics: { examples: dataset.recordCount, ...counts } };
    },
  };
}

async function tokenizeRange(
  tokenizer: Tokenizer,
  spec: tokenization.TokenizationSpec,
  range: RecordRange,
  { artifacts, signal }: ShardRun,
): Promise<TokenizedExampleRecord[]> {
  const dataset = required(spec.dataset, "spec.dataset");
  if (spec.datasetKind === tokenization.DatasetKind.DOCUMENTS) {
    const frame = { prefix: spec.documentPrefix, suffix: spec.documentSuffix };
    const documents = await readRange(artifacts, documentKind, dataset, range, { signal });
    return documents.map((document, i) => tokenizeDocument(tokenizer, document, frame, range.start + i));
  }
  const examples = await readRange(artifacts, sftExampleKind, dataset, range, { signal });
  return examples.map((example) => tokenizeExample(tokenizer, example));
}

/** Stores those of at most `maxTokens` tokens (0: all). */
async function writeFitting(
  all: readonly TokenizedExampleRecord[],
  maxTokens: number,
  { artifacts, signal }: ShardRun,
): Promise<Tokenized> {
  const size = ({ prompt_ids, completion_ids }: TokenizedExampleRecord) => prompt_ids.length + completion_ids.length;
  const kept = all.filter((record) => maxTokens === 0 || size(record) <= maxTokens);
  return {
    dataset: await writeRecords(artifacts, tokenizedExampleKind, kept, { signal }),
    tokens: sum(kept, size),
    targetTokens: sum(kept, ({ completion_ids }) => completion_ids.length),
    tooLong: all.length - kept.length,
  };
}

/** One part is the whole as it is. */
async function join(parts: readonly Tokenized[], { artifacts, signal }: JobStep): Promise<Tokenized> {
  if (parts.length === 1) return parts[0]!;
  const datasets = parts.map(({ dataset }) => dataset);
  return {
    dataset: await joinRecords(artifacts, tokenizedExampleKind, datasets, { signal }),
    tokens: sum(parts, ({ tokens }) => tokens),
    targetTokens: sum(parts, ({ targetTokens }) => targetTokens),
    tooLong: sum(parts, ({ tooLong }) => tooLong),
  };
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
