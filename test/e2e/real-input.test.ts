/** A user's own model and ranked answers, by the command and the shipped configuration for them. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { documentKind, writeRecords } from "@srlm/artifacts";
import { openEmbedded } from "@srlm/cli";
import { jobs, tokenization } from "@srlm/contracts";
import { LanguageModel, type LlamaConfig } from "@srlm/language-model";
import type { Report } from "@srlm/orchestration";
import { createBackend } from "@srlm/tensor-kernels";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assertBuilt, ROOT, srlm } from "./support.ts";

const RUN_MS = 180_000;
const CONFIG = join(ROOT, "configs/real-input.yaml");
const WORDS =
  "bread rivers chess tea violins bridges clouds gardens winter letters lemons horses trains candles islands mirrors ropes soup bells stones".split(
    " ",
  );
const TREES = 30;

let folder: string;
let trees: string;

function word(i: number): string {
  return WORDS[i % WORDS.length] ?? "";
}

/** Different enough to pass the filter of near duplicates. */
function question(i: number): string {
  return `Why do ${word(i)} need ${word(3 * i + 1)}, ${word(7 * i + 2)} and ${word(11 * i + 5)} in year ${1900 + 3 * i}?`;
}

function answer(i: number, good: boolean): string {
  return good ? `They need them because ${word(i)} are like that.` : "No idea, ask somebody else.";
}

/** Open Assistant's export format, with members that nobody reads. */
function tree(i: number): string {
  const replies = [1, 0].map((rank) => ({
    text: answer(i, rank === 0),
    role: "assistant",
    lang: "en",
    rank,
    replies: [],
  }));
  return JSON.stringify({
    message_tree_id: `tree-${i}`,
    prompt: { text: question(i), role: "prompter", lang: "en", replies },
  });
}

/** A tokenizer in a directory, trained by the service on the trees' text. */
async function trainTokenizer(directory: string): Promise<void> {
  const state = join(folder, "tokenizer");
  const embedded = await openEmbedded({
    statePath: join(state, "state"),
    artifactsPath: join(state, "artifacts"),
    logPath: join(state, "log.jsonl"),
    engines: { engines: 1, memoryBytes: 2 ** 30 },
  });
  try {
    const { peers, artifacts } = embedded;
    const texts = Array.from({ length: TREES }, (_, i) => ({ text: `${question(i)} ${answer(i, true)}` }));
    const spec = tokenization.TokenizerTrainingSpec.fromPartial({
      datasets: [await writeRecords(artifacts, documentKind, texts)],
      vocabularySize: 400,
      specialTokens: ["<s>", "</s>"],
      minFrequency: 2,
      splitPattern: "gpt2",
      chatTemplate:
        "{% for message in messages %}[{{ message['role'] }}]{{ message['content'] }}{% if message['role'] == 'assistant' %}</s>{% endif %}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}",
      bosToken: "<s>",
      eosToken: "</s>",
    });
    const { job } = await peers.tokenization.startTokenizerTraining({ requestId: "tokenizer", spec, labels: {} });
    let ended: jobs.Job | undefined;
    for await (const watched of peers.jobs.watchJob({ name: job?.name ?? "", afterSequence: 0 })) ended = watched.job;
    const ref = ended?.outputs["tokenizer"];
    if (ended?.state !== jobs.JobState.SUCCEEDED || ref === undefined) throw new Error(ended?.error?.message);
    cpSync(await artifacts.materialize(ref), directory, { recursive: true });
  } finally {
    await embedded.close();
  }
}

/** A random Llama with grouped queries, as small as it may be for the full rubric. */
async function writeModel(directory: string, maxPositions: number): Promise<void> {
  const config: LlamaConfig = {
    vocabSize: 400,
    hiddenSize: 32,
    intermediateSize: 64,
    layerCount: 2,
    headCount: 4,
    keyValueHeadCount: 2,
    headDimension: 8,
    rmsNormEpsilon: 1e-5,
    maxPositions,
    ropeTheta: 10_000,
    ropeScaling: null,
    tiedEmbeddings: false,
    attentionBias: false,
    mlpBias: false,
    initializerRange: 0.02,
    bosTokenId: 0,
    eosTokenIds: [1],
    padTokenId: null,
  };
  cpSync(join(folder, "tokenizer-files"), directory, { recursive: true });
  LanguageModel.initialise(await createBackend("cpu"), config, { seed: 5 }).save(directory);
}

beforeAll(async () => {
  assertBuilt();
  folder = mkdtempSync(join(tmpdir(), "srlm-real-"));
  trees = join(folder, "trees.jsonl");
  writeFileSync(trees, Array.from({ length: TREES }, (_, i) => tree(i)).join("\n"));
  mkdirSync(join(folder, "tokenizer-files"));
  await trainTokenizer(join(folder, "tokenizer-files"));
}, RUN_MS);
afterAll(() => rmSync(folder, { recursive: true }));

function runReal(model: string, out: string, ...rest: string[]) {
  const set = [`model=${model}`, `data.ranked=${trees}`, "prompting.count=4", "sampling.max_tokens=16"];
  const small = ["judging.sampling.max_tokens=24", "evaluation.sampling.max_tokens=16", "sft.steps=3"];
  return srlm("run", CONFIG, "--out", out, ...[...set, ...small].flatMap((value) => ["--set", value]), ...rest);
}

function readReport(out: string): Report {
  return JSON.parse(readFileSync(join(out, "report.json"), "utf8")) as Report;
}

it(
  "goes through SFT, sampling and judging with the full rubric, and says that a random model's judgements cannot be read",
  async () => {
    const model = join(folder, "model");
    await writeModel(model, 4096);
    const out = join(folder, "run");
    const { code, stdout, stderr } = await runReal(model, out);
    expect([code, stderr]).toEqual([0, expect.stringContaining("M2/pairing")]);
    expect(stdout.replaceAll("\n", " ")).toMatch(/NO_PAIRS: round 2: 0 pairs: 16 of 16 answers have no readable score/);
    const [round] = readReport(out).rounds;
    expect(round?.stopped?.code).toBe("NO_PAIRS");
    expect(round?.judging).toMatchObject({ judged: 16, samples: 48 });
    // The rubric fits: what cannot be read was written by the model.
    expect(round?.judging?.["failed"]).not.toHaveProperty("prompt_too_long");
    expect(readReport(out).data["ift"]).toMatchObject({ examples: 18, skipped_too_long: 0 });
  },
  RUN_MS,
);

it(
  "says of a model whose context the rubric does not fit that every judgement was skipped, and counts them",
  async () => {
    const model = join(folder, "short");
    await writeModel(model, 256);
    const out = join(folder, "short-run");
    const { code } = await runReal(model, out);
    expect(code).toBe(0);
    const [round] = readReport(out).rounds;
    expect(round?.judging?.["failed"]).toEqual({ prompt_too_long: 48 });
    expect(round?.stopped?.message).toContain("prompt_too_long 48");
  },
  RUN_MS,
);

it("refuses a model that needs more memory than there is, before it is loaded, and leaves nothing behind", async () => {
  const model = join(folder, "model");
  process.env["SRLM_ENGINE_MEMORY"] = "100K";
  try {
    const { code, stderr } = await runReal(model, join(folder, "large"));
    expect(code).toBe(2);
    expect(stderr).toMatch(/training needs .*the budget is 100 KiB; use a smaller model/);
  } finally {
    delete process.env["SRLM_ENGINE_MEMORY"];
  }
});

it("refuses a directory without a tokenizer", async () => {
  const model = join(folder, "bare");
  await writeModel(model, 64);
  rmSync(join(model, "tokenizer.json"));
  const { code, stderr } = await runReal(model, join(folder, "bare-run"));
  expect([code, stderr]).toEqual([2, expect.stringContaining("has no tokenizer.json: copy the tokenizer")]);
});
