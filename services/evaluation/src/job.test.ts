import { type RankedAnswersRecord, rankedAnswersKind } from "@srlm/artifacts";
import { jobs } from "@srlm/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { evaluatedAnswerKind, evaluatedGroupKind } from "./records.ts";
import { EvaluationBed } from "./testing/evaluation-bed.ts";
import { ENGINE, RUBRIC_SHA256, RUBRIC_TOKENS, TEMPLATE_SHA256, TOKENIZER_SHA256 } from "./testing/peers.ts";

const { SUCCEEDED, FAILED, CANCELLED } = jobs.JobState;

const FRUITS = "name 2 fruits in order";
const COLORS = "list 3 colors from a to z";
const PROMPTS = [
  `my cat is near the wrench . ${FRUITS}`,
  `my dog is near the wrench . ${COLORS}`,
  `my fox is near the wrench . ${FRUITS}`,
  `we saw no crimson but one hammer . list 3 colors or animals from a to z`,
  `my bear is near the saw . ${COLORS}`,
];

/** Right about fruits; out of order and rude about colors, and does not come to an end with the bear. */
function answer(prompt: string): string {
  if (prompt.endsWith(FRUITS)) return "sure : 1 apple 2 fig";
  return prompt.includes("bear") ? `ugh : 1 red 2 blue 3 amber${" 4 teal".repeat(9)}` : "ugh : 1 red 2 blue 3 amber";
}

const sampling = { temperature: 0.7, topP: 0.9, topK: 0, minP: 0, maxTokens: 40 };
const rubric = { source: { $case: "builtin" as const, value: "tiny-world" } };

let bed: EvaluationBed;
beforeEach(async () => {
  bed = await EvaluationBed.open();
});
afterEach(() => bed.close());

describe("answers scored by a verifier", () => {
  it("writes records in prompt order with their origin, and the metrics of the split", async () => {
    const model = await bed.model("M1", { answer });
    const prompts = await bed.prompts(...PROMPTS);
    bed.test.context = 115;
    const splits = [{ name: "new_texts", prompts }];
    const job = await bed.evaluate("e1", { model, splits, sampling, seed: 7, verifier: "tiny-world", shardSize: 2 });

    expect(job).toMatchObject({ state: SUCCEEDED, error: undefined, engineFingerprint: ENGINE });
    expect(job.progress).toMatchObject({ done: 5, total: 5, unit: "prompts" });
    const records = await bed.read(evaluatedAnswerKind, job.outputs.answers);
    expect(records.map(({ prompt, score, finish_reason }) => [prompt, score, finish_reason])).toEqual([
      [PROMPTS[0], 5, "stop"],
      [PROMPTS[1], 3, "stop"],
      [PROMPTS[2], 5, "stop"],
      [PROMPTS[4], 2, "length"],
    ]);
    expect(records[0]).toMatchObject({
      split: "new_texts",
      cluster: FRUITS,
      answer: "sure : 1 apple 2 fig",
      tokens: 20,
      criteria: { relevant: true, count: true, fit: true, order: true, style: true },
      verifier: "tiny-world",
      judgement: null,
      model_sha256: model.sha256,
      tokenizer_sha256: TOKENIZER_SHA256,
      template_sha256: TEMPLATE_SHA256,
      sampling: { temperature: 0.7, top_p: 0.9, top_k: 0, min_p: 0, repetition_penalty: 1, max_tokens: 40 },
      seed: 7,
      engine_fingerprint: ENGINE,
    });
    expect(job.metrics).toEqual({
      "answered/new_texts": 4,
      "skipped_too_long/new_texts": 1,
      "scored/new_texts": 4,
      "mean_score/new_texts": 3.75,
      "perfect_share/new_texts": 0.5,
      "criterion_relevant/new_texts": 1,
      "criterion_count/new_texts": 0.75,
      "criterion_fit/new_texts": 1,
      "criterion_order/new_texts": 0.5,
      "criterion_style/new_texts": 0.5,
      "stopped_share/new_texts": 0.75,
      "mean_tokens/new_texts": (20 + 26 + 20 + 40) / 4,
      "mean_words/new_texts": expect.closeTo((6 + 8 + 6 + 12) / 4, 12),
      "distinct_share/new_texts": 0.75,
    });
  });

  it("keys draws by prompt id and names what the outputs were made from", async () => {
    const model = await bed.model("M1", { answer });
    const prompts = await bed.prompts(...PROMPTS);
    const splits = [{ name: "new_texts", prompts }];
    const job = await bed.evaluate("e1", { model, splits, sampling, seed: 7, verifier: "tiny-world" });
    const records = await bed.read(evaluatedAnswerKind, job.outputs.answers);
    expect(bed.test.generated[0]?.prompts.map(({ key }) => key)).toEqual(records.map(({ prompt_id }) => prompt_id));
    const [manifest] = await bed.artifacts.manifests(job.outputs.answers!);
    expect(manifest).toMatchObject({
      kind: "evaluated-answer",
      recordCount: 5,
      producer: job.name,
      inputs: { model: model.sha256, "prompts/new_texts": prompts.sha256 },
      parameters: { seed: 7, verifier: "tiny-world", sampling: { temperature: 0.7, max_tokens: 40 } },
    });
  });

  it("gives the same bytes for any shard size", async () => {
    const model = await bed.model("M1", { answer });
    const splits = [
      { name: "a", prompts: await bed.prompts(...PROMPTS) },
      { name: "b", prompts: await bed.prompts(PROMPTS[1]!, PROMPTS[0]!) },
    ];
    const spec = { model, splits, sampling, seed: 7, verifier: "tiny-world" };
    const one = await bed.evaluate("one", { ...spec, shardSize: 1 });
    const all = await bed.evaluate("all", spec);
    expect(all.outputs.answers!.recordCount).toBe(7);
    expect(one.outputs).toEqual(all.outputs);
    expect(one.metrics).toEqual(all.metrics);
  });
});

describe("answers scored by a judge, or by nobody", () => {
  it("keeps every sample, and gives no score where none can be read", async () => {
    const model = await bed.model("M1", { answer });
    const judge = await bed.model("judge", {
      judge: (_prompt, response, sample) => (response.startsWith("ugh") ? null : 5 - sample),
    });
    const splits = [{ name: "held_out", prompts: await bed.prompts(PROMPTS[0]!, PROMPTS[1]!) }];
    const spec = { model, splits, sampling, judge, rubric, judgeSamples: 2, judgeSampling: sampling, seed: 3 };
    const job = await bed.evaluate("e1", spec);
    const [read, unread] = await bed.read(evaluatedAnswerKind, job.outputs.answers);
    expect(read).toMatchObject({
      score: 4.5,
      criteria: null,
      verifier: null,
      cluster: null,
      judgement: {
        judge: { model_sha256: judge.sha256, rubric_sha256: RUBRIC_SHA256, seed: 3, engine_fingerprint: ENGINE },
        samples: [
          { text: "Score: 5", score: 5, failure: null },
          { text: "Score: 4", score: 4, failure: null },
        ],
      },
    });
    expect(unread).toMatchObject({ score: null, judgement: { samples: [{ failure: "NO_SCORE" }, { score: null }] } });
    expect(job.metrics).toMatchObject({
      "answered/held_out": 2,
      "scored/held_out": 1,
      "mean_score/held_out": 4.5,
      "perfect_share/held_out": 0,
    });
    const [manifest] = await bed.artifacts.manifests(job.outputs.answers!);
    expect(manifest?.inputs).toMatchObject({ judge: judge.sha256 });
  });

  it("leaves the length of a judgement to the rubric, and records what that was", async () => {
    const model = await bed.model("M1", { answer, judge: () => 4 });
    const splits = [{ name: "held_out", prompts: await bed.prompts(PROMPTS[0]!) }];
    const group: RankedAnswersRecord = { group_id: "g", prompt: "p", answers: [{ text: "a", rank: 0, score: null }] };
    const judgeSplits = [{ name: "ranked", groups: await bed.records(rankedAnswersKind, [group]) }];
    const judgeSampling = { ...sampling, maxTokens: 0 };
    const spec = { model, splits, sampling, judge: model, judgeSplits, rubric, judgeSamples: 1, judgeSampling };
    const job = await bed.evaluate("e1", spec);
    expect(bed.test.judged.map((request) => request.sampling?.maxTokens)).toEqual([0, 0]);
    const used = { sampling: { max_tokens: RUBRIC_TOKENS } };
    expect(await bed.read(evaluatedAnswerKind, job.outputs.answers)).toMatchObject([{ judgement: { judge: used } }]);
    expect(await bed.read(evaluatedGroupKind, job.outputs.judgements)).toMatchObject([{ judge: used }]);
  });

  it("waits for hours where a model is slow", async () => {
    const model = await bed.model("M1", { answer, judge: () => 4 });
    const splits = [{ name: "held_out", prompts: await bed.prompts(PROMPTS[0]!) }];
    await bed.evaluate("e1", { model, splits, sampling, judge: model, rubric, judgeSampling: sampling });
    expect(bed.test.patience).toHaveLength(2);
    expect(Math.min(...bed.test.patience)).toBeGreaterThan(12 * 60 * 60 * 1000);
  });

  it("answers without scores where there is neither verifier nor judge", async () => {
    const model = await bed.model("M1", { answer });
    const splits = [{ name: "held_out", prompts: await bed.prompts("why?") }];
    const job = await bed.evaluate("e1", { model, splits, sampling });
    expect(job.state).toBe(SUCCEEDED);
    expect(await bed.read(evaluatedAnswerKind, job.outputs.answers)).toMatchObject([{ score: null, judgement: null }]);
    expect(job.metrics).toMatchObject({ "answered/held_out": 1, "scored/held_out": 0 });
    expect(Object.keys(job.metrics)).not.toContain("mean_score/held_out");
  });
});

describe("a job that is cancelled", () => {
  it("stops while the model answers, and goes on where it was resumed", async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const asked = new Set<string>();
    let begun = () => {};
    const beginning = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const model = await bed.model("M1", {
      async answer(prompt) {
        asked.add(prompt);
        begun();
        if (prompt === PROMPTS[4]) await released;
        return answer(prompt);
      },
    });
    const splits = [{ name: "a", prompts: await bed.prompts(...PROMPTS) }];
    const name = await bed.start("e1", { model, splits, sampling, verifier: "tiny-world", shardSize: 5 });
    await beginning;
    await bed.peers.jobs.cancelJob({ name });
    expect(await bed.ended(name)).toMatchObject({ state: CANCELLED, outputs: {} });
    expect([...asked]).toEqual([PROMPTS[4]]);

    release();
    await bed.peers.jobs.resumeJob({ name });
    const resumed = await bed.ended(name);
    expect(resumed).toMatchObject({ state: SUCCEEDED, metrics: { "answered/a": 5 } });
  });
});

describe("the model as judge", () => {
  const group = (group_id: string, prompt: string, answers: (readonly [string, number | null])[]) =>
    ({
      group_id,
      prompt,
      answers: answers.map(([text, rank]) => ({ text, rank, score: null })),
    }) satisfies RankedAnswersRecord;
  const GROUPS = [
    group("g1", "p1", [
      ["5", 0],
      ["3", 1],
      ["1", 2],
    ]),
    group("g2", "p2", [
      ["2", 0],
      ["4", 1],
      ["4", 1],
      ["0", null],
    ]),
    group("g3", "p3", [
      ["?", 0],
      ["1", 1],
    ]),
    group("g4", "p4", [["5", null]]),
  ];

  it("scores ranked answers, equal ones once, and counts what cannot be read", async () => {
    const read = (text: string) => (text === "?" ? null : Number(text));
    const model = await bed.model("M1", { judge: (_prompt, response) => read(response) });
    const judgeSplits = [{ name: "new_texts", groups: await bed.records(rankedAnswersKind, GROUPS) }];
    const spec = { model, judgeSplits, rubric, judgeSamples: 2, judgeSampling: sampling, seed: 3 };
    const job = await bed.evaluate("e1", spec);
    expect(job.error).toBeUndefined();
    const records = await bed.read(evaluatedGroupKind, job.outputs.judgements);
    expect(records.map(({ group_id, answers }) => [group_id, answers.map(({ score }) => score)])).toEqual([
      ["g1", [5, 3, 1]],
      ["g2", [2, 4, 4]],
      ["g3", [null, 1]],
    ]);
    expect(bed.test.judged.flatMap(({ answers }) => answers.map(({ response }) => response))).toEqual([
      "5",
      "3",
      "1",
      "2",
      "4",
      "?",
      "1",
    ]);
    expect(new Set(bed.test.judged.flatMap(({ answers }) => answers.map(({ key }) => key))).size).toBe(7);
    expect(job.metrics).toEqual({
      "judge_pairwise_accuracy/new_texts": 3 / 5,
      "judge_best_5/new_texts": 1,
      "judge_exact_match/new_texts": 1 / 2,
      "judge_spearman/new_texts": expect.closeTo(0, 12),
      "judge_kendall_tau/new_texts": expect.closeTo(0, 12),
      "judge_parsed_share/new_texts": 14 / 16,
      "judge_groups/new_texts": 2,
    });
    const [manifest] = await bed.artifacts.manifests(job.outputs.judgements!);
    expect(manifest).toMatchObject({
      kind: "evaluated-group",
      inputs: { model: model.sha256, "groups/new_texts": judgeSplits[0]!.groups.sha256 },
      parameters: { rubric: "tiny-world", judge_samples: 2, seed: 3 },
    });
  });
});

describe("what is refused", () => {
  it("refuses a spec at once, naming the field", async () => {
    const model = await bed.model("M1", { answer });
    const splits = [{ name: "a", prompts: await bed.prompts(PROMPTS[0]!) }];
    const judgeSplits = [{ name: "a", groups: await bed.records(rankedAnswersKind, []) }];
    const expectRefused = async (spec: object, field: string, reason: string) => {
      const start = bed.peers.evaluation.startEvaluation({ requestId: field, spec });
      await expect(start).rejects.toMatchObject({ reason, fields: [{ field }] });
    };
    await expectRefused({ splits, sampling }, "spec.model", "FIELD_REQUIRED");
    await expectRefused({ model }, "spec.splits", "FIELD_REQUIRED");
    await expectRefused({ model, splits }, "spec.sampling", "FIELD_REQUIRED");
    await expectRefused({ model, splits: [{ name: "a" }], sampling }, "spec.splits[0].prompts", "FIELD_REQUIRED");
    await expectRefused({ model, splits: [...splits, ...splits], sampling }, "spec.splits[1].name", "INVALID_ARGUMENT");
    await expectRefused({ model, splits, sampling, verifier: "oracle" }, "spec.verifier", "VERIFIER_UNKNOWN");
    await expectRefused({ model, splits, sampling, judge: model }, "spec.rubric", "FIELD_REQUIRED");
    await expectRefused({ model, judgeSplits, rubric }, "spec.judge_sampling", "FIELD_REQUIRED");
    const none = { ...sampling, maxTokens: 0 };
    await expectRefused({ model, splits, sampling: none }, "spec.sampling.max_tokens", "INVALID_ARGUMENT");
    const start = bed.peers.evaluation.startEvaluation({ requestId: "r" });
    await expect(start).rejects.toMatchObject({ reason: "FIELD_REQUIRED", fields: [{ field: "spec" }] });
  });

  it("refuses the same request id with another spec", async () => {
    const model = await bed.model("M1", { answer });
    const splits = [{ name: "a", prompts: await bed.prompts(PROMPTS[0]!) }];
    await bed.evaluate("e1", { model, splits, sampling, seed: 1 });
    await expect(bed.evaluate("e1", { model, splits, sampling, seed: 2 })).rejects.toMatchObject({
      reason: "REQUEST_ID_REUSED",
    });
  });

  it("fails the job, before any answer, on prompts that cannot be verified, told apart, or are not there", async () => {
    const model = await bed.model("M1", { answer });
    const failed = async (requestId: string, prompts: string[], reason: string, verifier = "tiny-world") => {
      const splits = [{ name: "a", prompts: await bed.prompts(...prompts) }];
      const job = await bed.evaluate(requestId, { model, splits, sampling, verifier });
      expect(job).toMatchObject({ state: FAILED, error: { reason } });
      expect(job.error?.message).toContain("spec.splits[0].prompts");
    };
    await failed("e1", [PROMPTS[0]!, "why is the sky blue?"], "PROMPT_NOT_VERIFIABLE");
    await failed("e2", [PROMPTS[0]!, PROMPTS[0]!], "PROMPT_REPEATED", "");
    await failed("e3", [], "DATASET_EMPTY");
    expect(bed.test.generated).toEqual([]);
  });

  it("fails the job with the error of the service that it asks", async () => {
    const model = await bed.artifacts.put(Buffer.from("nobody knows it"), { mediaType: "text/plain" });
    const splits = [{ name: "a", prompts: await bed.prompts(PROMPTS[0]!) }];
    const job = await bed.evaluate("e1", { model, splits, sampling });
    expect(job).toMatchObject({ state: FAILED, error: { reason: "ARTIFACT_NOT_FOUND" } });
  });
});
