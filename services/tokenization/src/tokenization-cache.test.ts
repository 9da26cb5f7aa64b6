import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ArtifactRef,
  type ArtifactStore,
  documentKind,
  openFileArtifactStore,
  writeRecords,
} from "@srlm/artifacts";
import { tokenization } from "@srlm/contracts";
import { type Bus, openEmbeddedBus } from "@srlm/messaging";
import type { Tokenizer } from "@srlm/tokenizer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TokenizationCache, tokenizationKey } from "./tokenization-cache.ts";

let folder: string;
let bus: Bus;
let artifacts: ArtifactStore;
let dataset: ArtifactRef;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "srlm-tokenization-cache-"));
  bus = await openEmbeddedBus({ directory: join(folder, "bus") });
  artifacts = await openFileArtifactStore(join(folder, "artifacts"));
  dataset = await writeRecords(artifacts, documentKind, [{ text: "apple" }]);
});

afterAll(async () => {
  await bus.close();
  await rm(folder, { recursive: true });
});

it("gives back what was kept, while the store has the dataset", async () => {
  const cache = await TokenizationCache.open(bus, artifacts);
  const done = { dataset, tokens: 3, targetTokens: 2, tooLong: 1 };
  expect(await cache.get("key")).toBeUndefined();
  await cache.keep("key", done);
  expect(await (await TokenizationCache.open(bus, artifacts)).get("key")).toEqual(done);
  const emptied = { ...artifacts, has: async () => false };
  expect(await (await TokenizationCache.open(bus, emptied)).get("key")).toBeUndefined();
});

it("has a key for all that decides the ids, and for nothing else", () => {
  const files = { "tokenizer.json": "{}", "tokenizer_config.json": '{"eos_token":"<end>"}' };
  const tokenizer = { files } as unknown as Tokenizer;
  const spec = tokenization.TokenizationSpec.fromPartial({ dataset, datasetKind: 1, documentPrefix: "a" });
  const key = tokenizationKey(tokenizer, spec);
  expect(tokenizationKey(tokenizer, { ...spec, shardSize: 5, tokenizer: dataset })).toBe(key);
  const changes: Partial<tokenization.TokenizationSpec>[] = [
    { dataset: { ...dataset, sha256: "0".repeat(64) } },
    { dataset: { ...dataset, recordCount: 2 } },
    { datasetKind: 2 },
    { documentPrefix: "", documentSuffix: "a" },
    { documentSuffix: "b" },
    { maxTokens: 9 },
  ];
  const others = changes.map((change) => tokenizationKey(tokenizer, { ...spec, ...change }));
  const noEos = { files: { ...files, "tokenizer_config.json": "{}" } } as unknown as Tokenizer;
  expect(new Set([key, ...others, tokenizationKey(noEos, spec)]).size).toBe(8);
});
