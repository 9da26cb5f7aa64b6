/**
 * Tokenizations that were done: ids are a function of the tokenizer's files, the dataset's content and the spec, so that
 * the same ones need no computing again, whoever asks.
 */
import { type ArtifactRef, type ArtifactStore, canonicalJson, sha256Hex } from "@srlm/artifacts";
import type { tokenization } from "@srlm/contracts";
import type { Bucket, Bus } from "@srlm/messaging";
import type { Tokenizer } from "@srlm/tokenizer";

/** Tokenised records and their counts: of a shard, or of a whole dataset. */
export interface Tokenized {
  readonly dataset: ArtifactRef;
  readonly tokens: number;
  readonly targetTokens: number;
  readonly tooLong: number;
}

const bucketName = "tokenization_cache";
/** Part of every key: raise it when the same inputs come to give other ids or another record, since entries outlive releases. */
const format = 1;

/** Whole datasets by `tokenizationKey`, shared through the bus. */
export class TokenizationCache {
  readonly #entries: Bucket;
  readonly #artifacts: ArtifactStore;

  private constructor(entries: Bucket, artifacts: ArtifactStore) {
    this.#entries = entries;
    this.#artifacts = artifacts;
  }

  static async open(bus: Bus, artifacts: ArtifactStore): Promise<TokenizationCache> {
    return new TokenizationCache(await bus.kv.open(bucketName), artifacts);
  }

  /** What `keep` kept; undefined where nothing was, or where the store has the dataset no longer. */
  async get(key: string): Promise<Tokenized | undefined> {
    const entry = await this.#entries.get(key);
    if (entry === undefined) return undefined;
    const kept = JSON.parse(Buffer.from(entry.value).toString("utf8")) as Tokenized;
    return (await this.#artifacts.has(kept.dataset)) ? kept : undefined;
  }

  /** May be repeated: equal keys have equal values. */
  async keep(key: string, { dataset, tokens, targetTokens, tooLong }: Tokenized): Promise<void> {
    await this.#entries.put(key, Buffer.from(canonicalJson({ dataset, tokens, targetTokens, tooLong })));
  }
}

/**
 * Digest of all that decides the result. The tokenizer counts by its files, not by the directory that they lie in: the
 * models of a run share one. The shard size decides nothing.
 */
export function tokenizationKey({ files }: Tokenizer, spec: tokenization.TokenizationSpec): string {
  const { dataset, datasetKind, documentPrefix, documentSuffix, maxTokens } = spec;
  const content = { sha256: dataset?.sha256, recordCount: dataset?.recordCount };
  return sha256Hex(
    canonicalJson({ format, tokenizer: files, content, datasetKind, documentPrefix, documentSuffix, maxTokens }),
  );
}
