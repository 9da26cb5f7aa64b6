import { promptId } from "@srlm/artifacts";
import { jobs } from "@srlm/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ENGINE, idOf } from "./testing/peers.ts";
import { PromptingBed, type PromptSpec } from "./testing/prompting-bed.ts";

let bed: PromptingBed;
beforeAll(async () => {
  bed = await PromptingBed.open();
});
afterAll(() => bed.close());
beforeEach(() => {
  bed.test.generated.length = 0;
});

const sampling = { temperature: 1, topP: 0.95, maxTokens: 30 };
const textsOf = async (job: jobs.Job) => (await bed.read(job.outputs["prompts"])).map(({ prompt }) => prompt);

describe("sampled prompts", () => {
  async function spec(changes: PromptSpec = {}): Promise<PromptSpec> {
    const value = { model: await bed.model(), prefix: "<user>", stop: "<assistant>", sampling };
    return { source: { $case: "sampled", value }, count: 3, seed: 5, ...changes };
  }

  it("are what the model says between prefix and stop, filtered, in the order of attempts", async () => {
    const said = [
      "list 1 fruit <assistant>", // kept
      "list 2 fruits and never ends at all", // cut off
      "list 3 <user> fruits<assistant>", // special token
      "list 4 fruits<end>", // ends otherwise
      "tiny<assistant>", // too short: 4 tokens
      "list 26 fruits from a to z ok<assistant>", // too long: 29 tokens
      "LIST 1  fruit<assistant>", // duplicate
      "known prompt<assistant>", // excluded
      "learnt prompt<assistant>", // excluded, from training data
      "hi . held out request<assistant>", // held out
      "draw 2 fruits<assistant>", // keyword
      " <assistant>", // empty
      "list 5 tools<assistant>", // kept
      "list 6 tools<assistant>", // kept
    ];
    bed.test.says = (text, attempt) => (text === "<user>" ? (said[attempt] ?? "list 7 tools<assistant>") : "?<end>");
    const excluded = [await bed.prompts("Known prompt"), await bed.examples("learnt prompt")];
    const filters = {
      excluded,
      excludedSuffixes: ["held out request"],
      minLength: 5,
      maxLength: 28,
      forbiddenKeywords: ["draw"],
    };
    const job = await bed.generate("sampled", await spec({ filters }));
    expect(job).toMatchObject({ state: jobs.JobState.SUCCEEDED, engineFingerprint: ENGINE });
    expect(job.progress).toMatchObject({ done: 3, total: 3, unit: "prompts" });
    const records = await bed.read(job.outputs["prompts"]);
    expect(records).toEqual(
      ["list 1 fruit", "list 5 tools", "list 6 tools"].map((prompt) => ({
        prompt_id: promptId({ prompt }),
        prompt,
        source: "generated",
      })),
    );
    expect(job.metrics).toEqual({
      sampled: 14,
      kept: 3,
      skipped_too_long: 0,
      dropped_cut_off: 1,
      dropped_empty: 1,
      dropped_special_token: 2,
      dropped_too_short: 1,
      dropped_too_long: 1,
      dropped_forbidden_keyword: 1,
      dropped_held_out: 1,
      dropped_excluded: 2,
      dropped_duplicate: 1,
      dropped_near_duplicate: 0,
    });
    const [request] = bed.test.generated;
    expect(request).toMatchObject({ candidates: 1, seed: 5, sampling, stopIds: [idOf("<assistant>"), idOf("<end>")] });
    expect(new Set(request!.prompts.map(({ key }) => key)).size).toBe(request!.prompts.length);
    const [manifest] = await bed.artifacts.manifests(job.outputs["prompts"]!);
    expect(manifest).toMatchObject({
      kind: "prompt",
      producer: job.name,
      inputs: { model: (await bed.model()).sha256, excluded_0: excluded[0]!.sha256, excluded_1: excluded[1]!.sha256 },
      parameters: { source: "sampled", count: 3, max_attempts: 60, seed: 5, engine_fingerprint: ENGINE },
    });
  });

  it("depend on the number of the attempt alone, whatever batches they come in", async () => {
    bed.test.says = (_, attempt) => (attempt % 3 === 0 ? `prompt ${attempt}<assistant>` : "prompt x<assistant>");
    const job = await bed.generate("batches", await spec({ count: 100 }));
    const expected = Array.from({ length: 99 }, (_, i) => `prompt ${3 * i}`);
    expect(await textsOf(job)).toEqual([expected[0], "prompt x", ...expected.slice(1)]);
    expect(job.metrics).toMatchObject({ sampled: 3 * 98 + 1, kept: 100 });
    const keys = bed.test.generated.flatMap(({ prompts }) => prompts.map(({ key }) => key));
    expect(bed.test.generated.length).toBeGreaterThan(1);
    expect(keys).toEqual(keys.map((_, i) => `attempt-${i}`));
  });

  it("drop what is near to a kept or excluded prompt, where a threshold says so", async () => {
    const said = ["please list two fruits", "please list two red fruits", "tell me a good joke", "name a tool"];
    bed.test.says = (_, attempt) => `${said[attempt] ?? attempt}<assistant>`;
    const filters = { nearDuplicateThreshold: 0.7, excluded: [await bed.prompts("tell me a joke")] };
    const job = await bed.generate("near", await spec({ count: 2, filters }));
    expect(await textsOf(job)).toEqual(["please list two fruits", "name a tool"]);
    expect(job.metrics).toMatchObject({ dropped_near_duplicate: 2, sampled: 4 });
  });

  it("run out with PROMPTS_EXHAUSTED, which says what was dropped for what", async () => {
    bed.test.says = (_, attempt) => (attempt === 0 ? "list 1 fruit<end>" : "list 2 fruits<assistant>");
    const job = await bed.generate("exhausted", await spec({ count: 2, maxAttempts: 20 }));
    expect(job).toMatchObject({
      state: jobs.JobState.FAILED,
      error: {
        reason: "PROMPTS_EXHAUSTED",
        message: expect.stringContaining(
          "20 samples gave 1 of 2 prompts (dropped_duplicate 18, dropped_special_token 1)",
        ),
      },
    });
    expect(bed.test.generated.flatMap(({ prompts }) => prompts)).toHaveLength(20);
  });

  it("stop at no text but a special token", async () => {
    const value = { model: await bed.model(), prefix: "<user>", stop: "</s>", sampling };
    const job = await bed.generate("stop", { source: { $case: "sampled", value }, count: 1 });
    expect(job).toMatchObject({ state: jobs.JobState.FAILED, error: { reason: "STOP_NOT_A_SPECIAL_TOKEN", code: 3 } });
  });

  it("fail with the reason of what the model refuses", async () => {
    bed.test.says = () => null;
    const job = await bed.generate("refused", await spec());
    expect(job).toMatchObject({ state: jobs.JobState.FAILED, error: { reason: "PROMPT_TOO_LONG" } });
  });
});

describe("few-shot prompts", () => {
  async function spec(changes: object, seeds = ["Write a poem", "Sum 1 and 2", "Name a river"]): Promise<PromptSpec> {
    const value = { model: await bed.model(), seedPrompts: await bed.prompts(...seeds), sampling, ...changes };
    return { source: { $case: "fewShot", value: { ...value, sampling: { ...sampling, maxTokens: 60 } } }, seed: 5 };
  }

  it("are tasks that the model lists after those it is shown, kept ones among them in later rounds", async () => {
    const shown: string[] = [];
    bed.test.says = (text, attempt) => {
      shown.push(text);
      if (attempt % 4 === 1) return "<end>";
      if (attempt % 4 === 2) return null;
      const next = Number(/Task (\d+):$/.exec(text)![1]);
      return ` Ask about ${attempt}.\nTask ${next + 1}: Tell of ${attempt}.\nTask ${next + 2}: And then <end>`;
    };
    const job = await bed.generate("few", { ...(await spec({ seedExamples: 2, generatedExamples: 1 })), count: 60 });
    const texts = await textsOf(job);
    expect(texts.slice(0, 4)).toEqual(["Ask about 0.", "Tell of 0.", "And then", "Ask about 3."]);
    expect(texts).toHaveLength(60);
    // Attempts 0 and 3 of four give two new tasks each, attempt 0 gave a third, 1 gives none, 2 does not fit.
    expect(job.metrics).toMatchObject({ kept: 60, sampled: 60, dropped_empty: 15, skipped_too_long: 15 });
    const rounds = bed.test.generated.map(({ prompts }) => prompts.length);
    expect(rounds).toEqual([32, 32]);
    const tasks = (text: string) => text.split("\n").slice(2, -1);
    const ofModel = (text: string) => tasks(text).filter((task) => /Ask|Tell|And/.test(task)).length;
    expect(shown.every((text) => text.startsWith("<bos>Below is") && tasks(text).length === 3)).toBe(true);
    expect(shown.slice(0, 32).every((text) => ofModel(text) === 0)).toBe(true);
    expect(shown.slice(32).every((text) => ofModel(text) === 1)).toBe(true);
    const again = await bed.generate("again", {
      ...(await spec({ seedExamples: 2, generatedExamples: 1 })),
      count: 60,
    });
    expect(again.outputs).toEqual(job.outputs);
  });

  it("need examples", async () => {
    const job = await bed.generate("no-seeds", { ...(await spec({}, [])), count: 1 });
    expect(job).toMatchObject({ state: jobs.JobState.FAILED, error: { reason: "SEED_PROMPTS_EMPTY" } });
  });
});

describe("pooled prompts", () => {
  const pool = Array.from({ length: 40 }, (_, i) => `question number ${i}`);

  it("are drawn by the seed, as the records they were, through the same filters", async () => {
    const prompts = await bed.prompts(...pool);
    const filters = { excluded: [await bed.examples(...pool.slice(0, 20))], minLength: 3, maxLength: 3 };
    const spec = { source: { $case: "pooled" as const, value: { prompts } }, count: 10, filters };
    const job = await bed.generate("pool-1", { ...spec, seed: 1 });
    const records = await bed.read(job.outputs["prompts"]);
    expect(records).toHaveLength(10);
    expect(records.every(({ prompt, source }) => pool.indexOf(prompt) >= 20 && source === "test")).toBe(true);
    expect(job.metrics["sampled"]).toBe(10 + job.metrics["dropped_excluded"]!);
    expect(job.engineFingerprint).toBe("");
    const others = await bed.generate("pool-2", { ...spec, seed: 2 });
    expect(await textsOf(others)).not.toEqual(records.map(({ prompt }) => prompt));
    expect(bed.test.generated).toEqual([]);
  });

  it("that run dry end the job with what was kept; too few attempts do not", async () => {
    const source = { $case: "pooled" as const, value: { prompts: await bed.prompts("a b c", "d e f", "A b c") } };
    const dry = await bed.generate("dry", { source, count: 10 });
    expect((await textsOf(dry)).map((text) => text.toLowerCase()).sort()).toEqual(["a b c", "d e f"]);
    expect(dry.metrics).toMatchObject({ sampled: 3, kept: 2, dropped_duplicate: 1 });
    const short = await bed.generate("short", { source, count: 2, maxAttempts: 1 });
    expect(short).toMatchObject({ state: jobs.JobState.FAILED, error: { reason: "PROMPTS_EXHAUSTED" } });
  });
});
