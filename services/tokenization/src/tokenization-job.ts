/** The tokenization job: a dataset of text as ids, in the order of the input. */
import {
  type ArtifactRef,
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
import { type JobKind, required, type ShardRun } from "@srlm/service-kit";
import type { Tokenizer } from "@srlm/tokenizer";
import { tokenizeDocument, tokenizeExample } from "./tokenize-record.ts";
import type { TokenizerCache } from "./tokenizer-cache.ts";

/** Records in a shard where the spec says nothing: some tenths of a second of work. */
const defaultShardSize = 2048;

interface TokenizedShard {
  readonly dataset: ArtifactRef;
  readonly tokens: number;
  readonly targetTokens: number;
  readonly tooLong: number;
}

export function tokenizationJob(
  tokenizers: TokenizerCache,
): JobKind<tokenization.TokenizationSpec, RecordRange, TokenizedShard> {
  return {
    kind: "tokenization",
    specType: tokenization.TokenizationSpec,
    unit: "records",
    async plan(spec) {
      const { recordCount } = required(spec.dataset, "spec.dataset");
      const ranges = recordRanges(recordCount, spec.shardSize || defaultShardSize);
      return ranges.map((range) => ({ payload: range, size: range.end - range.start }));
    },
    async runShard(spec, range, run) {
      const tokenizer = await tokenizers.get(spec.tokenizer, "spec.tokenizer");
      const all = await tokenizeRange(tokenizer, spec, range, run);
      const fits = ({ prompt_ids, completion_ids }: TokenizedExampleRecord) =>
        spec.maxTokens === 0 || prompt_ids.length + completion_ids.length <= spec.maxTokens;
      const kept = all.filter(fits);
      const sum = (size: (record: TokenizedExampleRecord) => number) =>
        kept.reduce((total, record) => total + size(record), 0);
      const value = {
        dataset: await writeRecords(run.artifacts, tokenizedExampleKind, kept, { signal: run.signal }),
        tokens: sum(({ prompt_ids, completion_ids }) => prompt_ids.length + completion_ids.length),
        targetTokens: sum(({ completion_ids }) => completion_ids.length),
        tooLong: all.length - kept.length,
      };
      return { value };
    },
    async finish(spec, results, { artifacts, job, signal }) {
      const parts = results.map(({ value }) => value);
      const dataset = await joinRecords(
        artifacts,
        tokenizedExampleKind,
        parts.map((part) => part.dataset),
        { signal },
      );
      const { documentPrefix, documentSuffix, maxTokens } = spec;
      const parameters = { document_prefix: documentPrefix, document_suffix: documentSuffix, max_tokens: maxTokens };
      const inputs = { tokenizer: spec.tokenizer!, dataset: spec.dataset! };
      const origin = { kind: "tokenized-example", producer: job, inputs, parameters };
      await recordOrigin(artifacts, dataset, origin, { signal });
      const total = (pick: (shard: TokenizedShard) => number) => parts.reduce((sum, shard) => sum + pick(shard), 0);
      const metrics = {
        examples: dataset.recordCount,
        tokens: total(({ tokens }) => tokens),
        target_tokens: total(({ targetTokens }) => targetTokens),
        skipped_too_long: total(({ tooLong }) => tooLong),
      };
      return { outputs: { dataset }, metrics };
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
