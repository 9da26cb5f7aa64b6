/** Runs on compiled engine processes: the build goes before. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ArtifactRef,
  type ArtifactStore,
  type CandidateRecord,
  candidateKind,
  openFileArtifactStore,
  promptId,
  promptKind,
  readRecords,
  writeRecords,
} from "@srlm/artifacts";
import { inference, jobs, tokenization } from "@srlm/contracts";
import { LanguageModel } from "@srlm/language-model";
import { type Bus, openEmbeddedBus } from "@srlm/messaging";
import {
  createPeers,
  implement,
  type Peers,
  type RunningServer,
  type ServiceModule,
  startServer,
} from "@srlm/service-kit";
import { createBackend } from "@srlm/tensor-kernels";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inferenceService } from "./service.ts";

const vocabSize = 30;
const eosId = 1;

/** Letters are ids: `a` is 2. Enough of a tokenization for the sampling job, over a real socket. */
const letters: ServiceModule = {
  name: "tokenization",
  create: async () => ({
    implementations: [
      implement(tokenization.TokenizationServiceDefinition, {
        renderChat: async ({ conversations }) => ({
          chats: conversations.map(({ messages }) => ({ text: "", ids: toIds(messages[0]!.content) })),
          templateSha256: "a".repeat(64),
        }),
        decode: async ({ sequences, skipSpecialTokens }) => ({
          texts: sequences.map(({ ids }) =>
            ids
              .filter((id) => id > 1 || !skipSpecialTokens)
              .map((id) => special[id] ?? toLetter(id))
              .join(""),
          ),
        }),
        describeTokenizer: async () => ({ vocabularySize: vocabSize, eosId, tokenizerSha256: "b".repeat(64) }),
        encode: async () => ({}),
        startTokenization: async () => ({}),
        startTokenizerTraining: async () => ({}),
      }),
    ],
  }),
};
const special = ["<pad>", "<end>"];
const toIds = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0) - 95);
const toLetter = (id: number) => String.fromCharCode(id + 95);

let folder: string;
let bus: Bus;
let artifacts: ArtifactStore;
let server: RunningServer;
let peers: Peers;
let model: ArtifactRef;

const sampling = { temperature: 1, maxTokens: 6 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "srlm-inference-"));
  bus = await openEmbeddedBus({ directory: join(folder, "bus") });
  artifacts = await openFileArtifactStore(join(folder, "artifacts"));
  const backend = await createBackend("cpu");
  const shape = { vocabSize, hiddenSize: 16, intermediateSize: 32, layerCount: 1, headCount: 2, keyValueHeadCount: 1 };
  const rope = { headDimension: 8, rmsNormEpsilon: 1e-5, maxPositions: 16, ropeTheta: 100, ropeScaling: null };
  const rest = { tiedEmbeddings: true, attentionBias: false, mlpBias: false, initializerRange: 0.02 };
  const tokens = { bosTokenId: null, eosTokenIds: [eosId], padTokenId: 0 };
  const made = LanguageModel.initialise(backend, { ...shape, ...rope, ...rest, ...tokens }, { seed: 3 });
  made.save(join(folder, "model"));
  made.free();
  model = await artifacts.putDirectory(join(folder, "model"));
  const service = inferenceService({ engines: 1, memoryBudgetBytes: 2 ** 27, backend: "cpu" });
  const logger = pino({ level: "silent" });
  server = await startServer({ modules: [service, letters], listen: "127.0.0.1:0", bus, artifacts, logger });
  peers = createPeers({ local: server.address });
});

afterAll(async () => {
  peers.close();
  await server.drain({ finishMs: 0 });
  await bus.close();
  await rm(folder, { recursive: true });
});

async function generate(request: Parameters<Peers["inference"]["generate"]>[0]) {
  const all: inference.GenerateResponse[] = [];
  for await (const completion of peers.inference.generate(request)) all.push(completion);
  return all.sort((a, b) => a.promptIndex - b.promptIndex || a.candidateIndex - b.candidateIndex);
}

async function sample(requestId: string, spec: Partial<inference.SamplingSpec>, onStart = () => {}) {
  const { job } = await peers.inference.startSampling({
    requestId,
    spec: { model, candidates: 2, sampling, seed: 9, ...spec },
  });
  onStart();
  for await (const { job: state } of peers.jobs.watchJob({ name: job!.name })) {
    if (state!.state >= jobs.JobState.SUCCEEDED) return state!;
  }
  throw new Error("the stream ended before the job");
}

const prompts = Array.from({ length: 11 }, (_, i) => `abc${toLetter(2 + i)}`);
const promptSet = (texts: readonly string[]) =>
  writeRecords(
    artifacts,
    promptKind,
    texts.map((prompt) => ({ prompt_id: promptId({ prompt }), prompt, source: "test" })),
  );

async function candidates(ref: ArtifactRef | undefined): Promise<CandidateRecord[]> {
  const all = [];
  for await (const record of readRecords(artifacts, candidateKind, ref!)) all.push(record);
  return all;
}

describe("Generate", () => {
  it("streams every completion once, and the same ones whatever stands beside them", async () => {
    const two = [
      { key: "one", ids: toIds("abc") },
      { key: "two", ids: toIds("xy") },
    ];
    const together = await generate({ model, prompts: two, candidates: 3, sampling, stopIds: [eosId], seed: 4 });
    expect(together.map(({ promptIndex, candidateIndex }) => [promptIndex, candidateIndex])).toEqual(
      [0, 1].flatMap((prompt) => [0, 1, 2].map((candidate) => [prompt, candidate])),
    );
    const alone = await generate({ model, prompts: [two[1]!], candidates: 3, sampling, stopIds: [eosId], seed: 4 });
    expect(alone.map((completion) => completion.ids)).toEqual(together.slice(3).map((completion) => completion.ids));
    for (const { ids: made, logprobs, finishReason } of together) {
      expect(logprobs).toHaveLength(made.length);
      const stopped = made.at(-1) === eosId;
      expect(finishReason).toBe(stopped ? inference.FinishReason.STOP : inference.FinishReason.LENGTH);
    }
  });

  it("ends where the model's own configuration ends a text, whether the caller names that id or not", async () => {
    const request = { model, prompts: [{ key: "one", ids: toIds("abc") }], candidates: 40, sampling, seed: 4 };
    const unnamed = await generate(request);
    expect(unnamed).toEqual(await generate({ ...request, stopIds: [eosId] }));
    const stopped = unnamed.filter(({ finishReason }) => finishReason === inference.FinishReason.STOP);
    expect(stopped.length).toBeGreaterThan(0);
    for (const { ids: made } of unnamed) expect(made.slice(0, -1)).not.toContain(eosId);
  });

  it("agrees with ScoreTokens on the log-probabilities of a greedy answer", async () => {
    const prompt = toIds("abc");
    const [made] = await generate({
      model,
      prompts: [{ key: "k", ids: prompt }],
      sampling: { temperature: 0, maxTokens: 5 },
    });
    const { scores } = await peers.inference.scoreTokens({ model, sequences: [{ ids: [...prompt, ...made!.ids] }] });
    made!.logprobs.forEach((logprob, i) => expect(logprob).toBeCloseTo(scores[0]!.logprobs[prompt.length - 1 + i]!, 4));
  });

  it("refuses or skips a prompt that does not fit", async () => {
    const request = {
      model,
      prompts: [
        { key: "long", ids: toIds("abcdefghijklm") },
        { key: "ok", ids: toIds("a") },
      ],
      sampling,
    };
    await expect(generate(request)).rejects.toMatchObject({ reason: "PROMPT_TOO_LONG" });
    const skipped = await generate({ ...request, tooLong: inference.TooLongPolicy.SKIP });
    expect(skipped.map(({ finishReason }) => finishReason === inference.FinishReason.PROMPT_TOO_LONG)).toEqual([
      true,
      false,
    ]);
  });

  it("refuses parameters, ids and models by name", async () => {
    const request = { model, prompts: [{ key: "k", ids: [2] }], sampling };
    await expect(generate({ ...request, sampling: { ...sampling, topP: 2 } })).rejects.toMatchObject({
      fields: [{ field: "sampling.top_p" }],
    });
    await expect(generate({ ...request, prompts: [{ key: "k", ids: [99] }] })).rejects.toMatchObject({
      reason: "INVALID_TOKEN",
    });
    const sha256 = "0".repeat(64);
    const unknown = { ...model, sha256, uri: `artifact://sha256/${sha256}` };
    await expect(generate({ ...request, model: unknown })).rejects.toMatchObject({ reason: "ARTIFACT_NOT_FOUND" });
  });
});

describe("sampling jobs", () => {
  it("answer each prompt N times, the same bytes whatever the shard size", async () => {
    const set = await promptSet(prompts);
    const whole = await sample("whole", { prompts: set });
    expect(whole.error).toBeUndefined();
    const small = await sample("small", { prompts: set, shardSize: 3 });
    expect(small.outputs).toEqual(whole.outputs);
    const records = await candidates(whole.outputs["candidates"]);
    expect(records).toHaveLength(22);
    expect(records.map(({ prompt }) => prompt)).toEqual(prompts.flatMap((prompt) => [prompt, prompt]));
    expect(whole.metrics).toMatchObject({ prompts: 11, candidates: 22, skipped_too_long: 0 });
    expect(records[0]!.prompt_ids).toEqual(toIds(prompts[0]!));
    expect(new Set(records.map(({ candidate_id }) => candidate_id)).size).toBe(22);
  });

  it("give the text of all ids but the one that ended the answer, special tokens in its middle included", async () => {
    const { outputs } = await sample("texts", { prompts: await promptSet(prompts), candidates: 8 });
    const records = await candidates(outputs["candidates"]);
    for (const { completion, completion_ids: made, finish_reason } of records) {
      const said = finish_reason === "stop" ? made.slice(0, -1) : made;
      expect(completion).toBe(said.map((id) => special[id] ?? toLetter(id)).join(""));
      expect(completion).not.toContain("<end>");
    }
    expect(records.filter(({ finish_reason }) => finish_reason === "stop").length).toBeGreaterThan(0);
    expect(records.filter(({ completion }) => completion.includes("<pad>")).length).toBeGreaterThan(0);
  });

  it("go on where an engine was killed, with the same result", async () => {
    const set = await promptSet(prompts);
    const whole = await sample("kill-whole", { prompts: set, candidates: 8, shardSize: 2 });
    const killed = await sample("kill", { prompts: set, candidates: 8, shardSize: 2 }, () => {
      const listing = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], { encoding: "utf8" });
      const engines = listing.split("\n").filter((line) => line.includes("sampling-engine.js"));
      expect(engines.length).toBeGreaterThan(0);
      for (const line of engines) process.kill(Number.parseInt(line, 10), "SIGKILL");
    });
    expect(killed.error).toBeUndefined();
    expect(killed.outputs["candidates"]!.recordCount).toBe(88);
    expect(killed.outputs).toEqual(whole.outputs);
  });

  it("skip and count prompts that are too long, or fail by name", async () => {
    const set = await promptSet(["abc", "abcdefghijklmn"]);
    const failed = await sample("too-long", { prompts: set });
    expect(failed.error).toMatchObject({ reason: "PROMPT_TOO_LONG" });
    expect(failed.error!.message).toContain(promptId({ prompt: "abcdefghijklmn" }));
    const skipped = await sample("skip", { prompts: set, tooLong: inference.TooLongPolicy.SKIP });
    expect(skipped.metrics).toMatchObject({ candidates: 2, skipped_too_long: 1 });
  });
});
