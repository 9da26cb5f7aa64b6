import { jobs, judging } from "@srlm/contracts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { builtinRubric } from "./rubric/builtin-rubrics.ts";
import { JudgingBed } from "./testing/judging-bed.ts";
import { ENGINE } from "./testing/peers.ts";

const rubric = { source: { $case: "builtin" as const, value: "tiny-world" } };
const sampling = { temperature: 0.7, topP: 0.9, maxTokens: 48 };
const answers = [
  ["list 2 fruits", "sure : 1 fig", "ugh", "sure : 1 fig", "sure : 1 pear"],
  ["list 2 tools", "sure : 1 fig", "long"],
  ["list 3 tools", "sure<end>", "what"],
] as const;

/** A score by prompt, answer and sample; `long` does not fit, `what` cannot be read. */
function says(prompt: string, sample: number, key: string): string | null {
  if (prompt.includes("long")) return null;
  if (prompt.includes("what")) return "hm";
  if (prompt.includes("pear")) return "score : 5";
  return `score : ${(Number.parseInt(key, 16) + sample) % 5}`;
}

describe("a judging job", () => {
  let bed: JudgingBed;
  beforeAll(async () => {
    bed = await JudgingBed.open();
    bed.test.says = says;
  });
  afterAll(() => bed.close());
  beforeEach(() => {
    bed.test.generated.length = 0;
  });

  it("judges different answers once, one record for each candidate in their order", async () => {
    const model = await bed.model();
    const candidates = await bed.candidates(answers);
    const spec = { model, rubric, candidates, samples: 2, sampling, seed: 9 };
    const job = await bed.judge("one", spec);
    expect(job).toMatchObject({ state: jobs.JobState.SUCCEEDED, engineFingerprint: ENGINE });
    expect(job.progress).toMatchObject({ done: 3, total: 3, unit: "prompts" });
    const records = await bed.judgements(job.outputs["judgements"]);
    expect(records.map(({ samples }) => samples.length)).toEqual(Array(8).fill(2));
    expect(new Set(records.map((record) => record.judgement_id)).size).toBe(8);
    const [fig, ugh, figAgain, pear, otherFig, long, special, what] = records;
    expect(figAgain).toMatchObject({ samples: fig!.samples, mean: fig!.mean, prompt_id: fig!.prompt_id });
    expect(figAgain!.candidate_id).not.toBe(fig!.candidate_id);
    expect(otherFig!.prompt_id).not.toBe(fig!.prompt_id);
    expect(pear).toMatchObject({ mean: 5, variance: 0, failures: 0 });
    expect(ugh!.mean).toBeLessThan(5);
    expect(long).toMatchObject({ mean: null, failures: 2, samples: [{ failure: "PROMPT_TOO_LONG" }, {}] });
    expect(special).toMatchObject({ mean: null, samples: [{ failure: "SPECIAL_TOKEN_IN_TEXT" }, {}] });
    expect(what).toMatchObject({ mean: null, samples: [{ text: "hm", failure: "NOT_AT_END" }, {}] });
    expect(fig).toMatchObject({
      judge_model_sha256: model.sha256,
      rubric_sha256: builtinRubric("tiny-world").digest,
      sampling: { temperature: 0.7, top_p: 0.9, top_k: 0, min_p: 0, repetition_penalty: 1, max_tokens: 48 },
      seed: 9,
      engine_fingerprint: ENGINE,
    });
    const means = [fig, ugh, pear, otherFig].map((record) => record!.mean!);
    const total = means.reduce((sum, mean) => sum + mean, 0);
    expect(job.metrics).toMatchObject({
      candidates: 8,
      judged: 7,
      samples: 14,
      parsed_share: 8 / 14,
      saturated_share: 1 / 4,
      failed_prompt_too_long: 2,
      failed_special_token_in_text: 2,
      failed_not_at_end: 2,
    });
    expect(job.metrics["mean_score"]).toBeCloseTo(total / 4, 12);
    const histogram = [0, 1, 2, 3, 4, 5].map((k) => means.filter((mean) => Math.round(mean) === k).length);
    expect([0, 1, 2, 3, 4, 5].map((k) => job.metrics[`score_${k}`])).toEqual(histogram);
    const [manifest] = await bed.artifacts.manifests(job.outputs["judgements"]!);
    expect(manifest).toMatchObject({
      kind: "judgement",
      producer: job.name,
      inputs: { model: model.sha256, candidates: candidates.sha256 },
      parameters: { rubric: "tiny-world", seed: 9, engine_fingerprint: ENGINE },
    });
  });

  it("gives the same bytes whatever the shard size, a prompt's candidates always together", async () => {
    const spec = { model: await bed.model(), rubric, candidates: await bed.candidates(answers), sampling, seed: 9 };
    const whole = await bed.judge("whole", spec);
    const calls = bed.test.generated.length;
    const cut = await bed.judge("cut", { ...spec, shardSize: 1 });
    expect(cut.outputs).toEqual(whole.outputs);
    expect(cut.metrics).toEqual(whole.metrics);
    expect([calls, bed.test.generated.length - calls]).toEqual([1, 3]);
  });

  it("of no candidates gives no judgements", async () => {
    const spec = { model: await bed.model(), rubric, candidates: await bed.candidates([]), sampling };
    const job = await bed.judge("none", spec);
    expect(job.outputs["judgements"]).toMatchObject({ recordCount: 0 });
    expect(job.metrics).toMatchObject({ candidates: 0, judged: 0, samples: 0 });
    expect(job.metrics).not.toHaveProperty("mean_score");
  });

  it("is refused before it exists, and for a request id of another spec", async () => {
    const model = await bed.model();
    const spec = { model, rubric, candidates: await bed.candidates(answers), sampling };
    const start = (requestId: string, changes: object) =>
      bed.peers.judging.startJudging({ requestId, spec: { ...spec, ...changes } });
    await expect(start("a", { sampling: undefined })).rejects.toMatchObject({ fields: [{ field: "spec.sampling" }] });
    await expect(start("a", { candidates: undefined })).rejects.toMatchObject({
      fields: [{ field: "spec.candidates" }],
    });
    const unknown = { source: { $case: "builtin", value: "x" } };
    await expect(start("a", { rubric: unknown })).rejects.toMatchObject({ reason: "RUBRIC_UNKNOWN" });
    await bed.judge("used", spec);
    await expect(start("used", { seed: 3 })).rejects.toMatchObject({ reason: "REQUEST_ID_REUSED" });
  });

  it("fails with the reason of what the model refuses", async () => {
    const ref = await bed.model();
    const candidates = await bed.candidates(answers);
    const job = await bed.judge("broken", { model: { ...ref, sha256: "f".repeat(64) }, rubric, candidates, sampling });
    expect(job).toMatchObject({ state: jobs.JobState.FAILED, error: { reason: "ARTIFACT_NOT_FOUND" } });
  });
});

describe("a judge of one's own that answers Judge alone", () => {
  let bed: JudgingBed | undefined;
  afterEach(() => bed?.close());

  const byLength = ({ key, response }: judging.JudgedAnswer) =>
    judging.Judgement.fromPartial({
      key,
      samples: [{ text: "by length", score: response.length % 6 }, { text: "?" }],
      mean: response.length % 6,
      variance: 0,
      failures: 1,
    });

  async function run(judge: (request: judging.JudgeRequest) => Partial<judging.JudgeResponse>): Promise<jobs.Job> {
    bed = await JudgingBed.open(async (request) => judging.JudgeResponse.fromPartial(judge(request)));
    const spec = { model: await bed.model(), rubric, candidates: await bed.candidates(answers), sampling };
    return bed.judge("own", spec);
  }

  it("is driven by the job", async () => {
    const job = await run((request) => ({ judgements: request.answers.map(byLength) }));
    expect(job.metrics).toMatchObject({ judged: 7, samples: 14, parsed_share: 0.5, failed_no_score: 7 });
    expect(bed!.test.generated).toEqual([]);
    const [first] = await bed!.judgements(job.outputs["judgements"]);
    expect(first).toMatchObject({
      mean: "sure : 1 fig".length % 6,
      samples: [{ score: 0 }, { failure: "NO_SCORE" }],
      engine_fingerprint: "unnamed",
      rubric_sha256: builtinRubric("tiny-world").digest,
    });
  });

  it.each([
    ["leaves one out", (all: judging.Judgement[]) => all.slice(1)],
    ["changes their order", (all: judging.Judgement[]) => all.toReversed()],
    ["gives no samples", (all: judging.Judgement[]) => all.map((one) => ({ ...one, samples: [] }))],
  ])("fails the job where it %s", async (_, change) => {
    const job = await run((request) => ({ judgements: change(request.answers.map(byLength)) }));
    expect(job).toMatchObject({ state: jobs.JobState.FAILED, error: { reason: "PEER_BREAKS_CONTRACT" } });
  });
});
