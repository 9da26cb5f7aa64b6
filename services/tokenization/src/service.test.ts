import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ArtifactRef,
  type ArtifactStore,
  documentKind,
  exampleId,
  openFileArtifactStore,
  readRecords,
  sftExampleKind,
  tokenizedExampleKind,
  writeRecords,
} from "@srlm/artifacts";
import { jobs, tokenization } from "@srlm/contracts";
import { type Bus, openEmbeddedBus } from "@srlm/messaging";
import { createPeers, type Peers, type RunningServer, startServer } from "@srlm/service-kit";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { tokenizationService } from "./service.ts";

let folder: string;
let bus: Bus;
let artifacts: ArtifactStore;
let server: RunningServer;
let peers: Peers;
let tokenizer: ArtifactRef;

const words = ["list", "name", "apple", "bear", "sure", ":", "1", "2", "in", "order"];
const texts = Array.from({ length: 60 }, (_, i) =>
  words.map((_, j) => words[(i * 7 + j * 3) % words.length]).join(" "),
);

async function ended(job: jobs.Job | undefined): Promise<jobs.Job> {
  for await (const { job: state } of peers.jobs.watchJob({ name: job!.name })) {
    if (state!.state >= jobs.JobState.SUCCEEDED) return state!;
  }
  throw new Error("the stream ended before the job");
}

async function records(ref: ArtifactRef | undefined) {
  const all = [];
  for await (const record of readRecords(artifacts, tokenizedExampleKind, ref!)) all.push(record);
  return all;
}

async function trainTokenizer(requestId: string): Promise<jobs.Job> {
  const documents = await writeRecords(
    artifacts,
    documentKind,
    texts.map((text) => ({ text })),
  );
  const { job } = await peers.tokenization.startTokenizerTraining({
    requestId,
    spec: {
      datasets: [documents],
      vocabularySize: 300,
      specialTokens: ["<pad>", "<user>", "<assistant>", "<end>"],
      chatTemplate:
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}",
      eosToken: "<end>",
    },
  });
  return ended(job);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "srlm-tokenization-"));
  bus = await openEmbeddedBus({ directory: join(folder, "bus") });
  artifacts = await openFileArtifactStore(join(folder, "artifacts"));
  const logger = pino({ level: "silent" });
  server = await startServer({ modules: [tokenizationService()], listen: "127.0.0.1:0", bus, artifacts, logger });
  peers = createPeers({ local: server.address });
  const job = await trainTokenizer("tokenizer");
  if (job.error !== undefined) throw new Error(job.error.message);
  tokenizer = job.outputs["tokenizer"]!;
});

afterAll(async () => {
  peers.close();
  await server.drain();
  await bus.close();
  await rm(folder, { recursive: true });
});

describe("small calls", () => {
  it("encode and decode in order, special tokens recognised and skipped", async () => {
    const { sequences } = await peers.tokenization.encode({ tokenizer, texts: ["list apple", "<user>bear<end>", ""] });
    expect(sequences).toHaveLength(3);
    expect(sequences[1]!.ids[0]).toBe(1);
    expect(sequences[1]!.ids.at(-1)).toBe(3);
    const decoded = await peers.tokenization.decode({ tokenizer, sequences });
    expect(decoded.texts).toEqual(["list apple", "<user>bear<end>", ""]);
    const plain = await peers.tokenization.decode({ tokenizer, sequences, skipSpecialTokens: true });
    expect(plain.texts[1]).toBe("bear");
  });

  it("render chats and describe the tokenizer", async () => {
    const conversations = [{ messages: [{ role: "user", content: "name 2" }] }];
    const { chats, templateSha256 } = await peers.tokenization.renderChat({
      tokenizer,
      conversations,
      addGenerationPrompt: true,
    });
    expect(chats[0]!.text).toBe("<user>name 2<assistant>");
    expect([chats[0]!.ids[0], chats[0]!.ids.at(-1)]).toEqual([1, 2]);
    const described = await peers.tokenization.describeTokenizer({ tokenizer });
    expect(described).toMatchObject({ eosId: 3, bosId: undefined, templateSha256 });
    expect(described.vocabularySize).toBeGreaterThan(260);
    expect(described.vocabularySize).toBeLessThanOrEqual(300);
    expect(described.specialTokens).toEqual({ "<pad>": 0, "<user>": 1, "<assistant>": 2, "<end>": 3 });
    expect(described.tokenizerSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("refuse a directory without tokenizer, an unknown artifact, a missing field", async () => {
    const empty = join(folder, "empty");
    await import("node:fs/promises").then(({ mkdir }) => mkdir(empty));
    await writeFile(join(empty, "config.json"), "{}");
    const bare = await artifacts.putDirectory(empty);
    await expect(peers.tokenization.encode({ tokenizer: bare, texts: ["a"] })).rejects.toMatchObject({
      reason: "TOKENIZER_MISSING",
    });
    const sha256 = "0".repeat(64);
    const unknown = { ...tokenizer, sha256, uri: `artifact://sha256/${sha256}` };
    await expect(peers.tokenization.encode({ tokenizer: unknown, texts: ["a"] })).rejects.toMatchObject({
      reason: "ARTIFACT_NOT_FOUND",
    });
    await expect(peers.tokenization.encode({ texts: ["a"] })).rejects.toMatchObject({
      reason: "FIELD_REQUIRED",
      fields: [{ field: "tokenizer" }],
    });
  });
});

describe("jobs", () => {
  it("train the same tokenizer from the same spec, whatever the request", async () => {
    const again = await trainTokenizer("tokenizer-2");
    expect(again.outputs["tokenizer"]).toEqual(tokenizer);
  });

  it("tokenise examples: prompt and completion apart, EOS at the end, whatever the shard size", async () => {
    const examples = texts.map((text, i) => {
      const [kind, prompt_format] = i % 2 === 0 ? (["ift", "chat"] as const) : (["eft", "raw"] as const);
      const example = {
        kind,
        prompt: prompt_format === "raw" ? `<user>${text}` : text,
        completion: "sure : 1",
        prompt_format,
      };
      return { ...example, example_id: exampleId(example) };
    });
    const dataset = await writeRecords(artifacts, sftExampleKind, examples);
    const outputs = [];
    // Different limits that keep everything: else the second job would find the first one's result.
    for (const [maxTokens, shardSize] of [
      [0, 0],
      [5000, 7],
    ] as const) {
      const spec = { tokenizer, dataset, datasetKind: tokenization.DatasetKind.SFT_EXAMPLES, maxTokens, shardSize };
      const { job } = await peers.tokenization.startTokenization({ requestId: `examples-${shardSize}`, spec });
      outputs.push((await ended(job)).outputs["dataset"]);
    }
    expect(outputs[1]).toEqual(outputs[0]);
    const made = await records(outputs[0]);
    expect(made.map(({ example_id }) => example_id)).toEqual(examples.map(({ example_id }) => example_id));
    expect(made[0]!.prompt_ids.at(-1)).toBe(2);
    expect(made[1]!.prompt_ids[0]).toBe(1);
    for (const { completion_ids } of made) expect(completion_ids.at(-1)).toBe(3);
  });

  it("frame documents, and count what is too long", async () => {
    const dataset = await writeRecords(artifacts, documentKind, [{ text: "apple" }, { text: texts.join(" ") }]);
    const datasetKind = tokenization.DatasetKind.DOCUMENTS;
    const spec = { tokenizer, dataset, datasetKind, documentPrefix: "<user>", documentSuffix: "<end>", maxTokens: 20 };
    const job = await ended((await peers.tokenization.startTokenization({ requestId: "documents", spec })).job);
    expect(job.metrics).toMatchObject({ examples: 1, skipped_too_long: 1 });
    const [document] = await records(job.outputs["dataset"]);
    expect(document).toMatchObject({ kind: "document", prompt_ids: [1] });
    expect(document!.completion_ids.at(-1)).toBe(3);
  });

  it("do nothing for a request that asks what another one did: same output, same metrics, an origin of its own", async () => {
    const dataset = await writeRecords(
      artifacts,
      documentKind,
      texts.map((text) => ({ text: `${text} again` })),
    );
    const spec = { tokenizer, dataset, datasetKind: tokenization.DatasetKind.DOCUMENTS, maxTokens: 40, shardSize: 9 };
    const first = await ended((await peers.tokenization.startTokenization({ requestId: "first", spec })).job);
    const read: string[] = [];
    const stream = artifacts.stream.bind(artifacts);
    vi.spyOn(artifacts, "stream").mockImplementation((ref, options) => {
      read.push(ref.sha256);
      return stream(ref, options);
    });
    const put = vi.spyOn(artifacts, "put");
    const second = await ended((await peers.tokenization.startTokenization({ requestId: "second", spec })).job);
    expect([read, put.mock.calls]).toEqual([[], []]);
    expect(second.name).not.toBe(first.name);
    expect(second.outputs).toEqual(first.outputs);
    expect(second.metrics).toEqual(first.metrics);
    const producers = (await artifacts.manifests(first.outputs["dataset"]!)).map(({ producer }) => producer);
    expect(producers.sort()).toEqual([first.name, second.name].sort());
    const third = { ...spec, documentSuffix: "<end>" };
    const other = await ended((await peers.tokenization.startTokenization({ requestId: "third", spec: third })).job);
    expect(read).toContain(dataset.sha256);
    expect(other.outputs).not.toEqual(first.outputs);
    vi.restoreAllMocks();
  });

  it("refuse what cannot work before a job exists", async () => {
    const spec = { datasets: [tokenizer], vocabularySize: 10 };
    await expect(peers.tokenization.startTokenizerTraining({ requestId: "small", spec })).rejects.toMatchObject({
      reason: "TOKENIZER_TRAINING_INVALID",
    });
    await expect(
      peers.tokenization.startTokenization({ requestId: "kind", spec: { tokenizer, dataset: tokenizer } }),
    ).rejects.toMatchObject({ fields: [{ field: "spec.dataset_kind" }] });
  });
});
