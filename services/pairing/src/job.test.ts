import { pairId } from "@srlm/artifacts";
import { jobs, pairing } from "@srlm/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { candidate, judgement, PairingBed } from "./testing/pairing-bed.ts";

const { BEST_WORST, SHUFFLED_SCORES } = pairing.PairingStrategy;

let bed: PairingBed;
beforeAll(async () => {
  bed = await PairingBed.open();
});
afterAll(() => bed.close());

const fruits = ["one", "two words", "three words here", "cut off"].map((text, i) =>
  candidate("fruits", i, text, i === 3),
);
const tools = ["saw", "axe"].map((text, i) => candidate("tools", i, text));
const colors = ["red red red", "teal"].map((text, i) => candidate("colors", i, text));
const candidates = [...fruits, ...tools, ...colors];
const judgements = [
  ...fruits.map((each, i) => judgement(each, [2, 4.5, 1, 5][i]!)),
  ...tools.map((each) => judgement(each, 3)),
  ...colors.map((each, i) => judgement(each, [4, 3][i]!)),
];

it("writes pairs in prompt order with the ids that were sampled", async () => {
  const spec = {
    candidates: await bed.candidates(candidates),
    // In any order.
    judgements: await bed.judgements(judgements.toReversed()),
    strategy: BEST_WORST,
    seed: 3,
  };
  const job = await bed.pair("pairs", spec);
  expect(job).toMatchObject({ state: jobs.JobState.SUCCEEDED, progress: { done: 8, total: 8, unit: "candidates" } });
  const [first, second, ...others] = await bed.pairs(job.outputs["pairs"]);
  expect(others).toEqual([]);
  const ids = {
    prompt_id: fruits[1]!.prompt_id,
    chosen_candidate_id: fruits[1]!.candidate_id,
    rejected_candidate_id: fruits[2]!.candidate_id,
  };
  expect(first).toEqual({
    ...ids,
    pair_id: pairId(ids),
    prompt: "fruits",
    chosen: "two words",
    rejected: "three words here",
    chosen_score: 4.5,
    rejected_score: 1,
    prompt_ids: [6],
    chosen_ids: [1, 2],
    rejected_ids: [2, 3, 4],
  });
  expect(second).toMatchObject({ prompt: "colors", chosen: "red red red", rejected: "teal" });
  expect(job.metrics).toEqual({
    prompts: 3,
    pairs: 2,
    discard_rate: 1 / 3,
    dropped_tie: 1,
    dropped_answer_truncated: 1,
    mean_margin: 2.25,
    chosen_mean_tokens: 2.5,
    rejected_mean_tokens: 2,
  });
  const [manifest] = await bed.artifacts.manifests(job.outputs["pairs"]!);
  expect(manifest).toMatchObject({
    kind: "preference-pair",
    producer: job.name,
    inputs: { candidates: spec.candidates.sha256, judgements: spec.judgements.sha256 },
    parameters: { strategy: "best_worst", seed: 3 },
  });
});

it("gives the pairs of BuildPairs, whichever strategy", async () => {
  const group = (each: typeof fruits) => ({
    promptId: each[0]!.prompt_id,
    answers: each.map(({ candidate_id, completion, finish_reason }) => ({
      candidateId: candidate_id,
      text: completion,
      mean: judgements.find((one) => one.candidate_id === candidate_id)!.mean ?? undefined,
      truncated: finish_reason === "length",
    })),
  });
  const strategy = SHUFFLED_SCORES;
  const refs = { candidates: await bed.candidates(candidates), judgements: await bed.judgements(judgements) };
  for (const seed of [1, 2, 3, 4]) {
    const job = await bed.pair(`shuffled-${seed}`, { ...refs, strategy, seed });
    const written = await bed.pairs(job.outputs["pairs"]);
    const prompts = [fruits, tools, colors].map(group);
    const { pairs } = await bed.peers.pairing.buildPairs({ prompts, strategy, seed });
    expect(written.map((pair) => [pair.chosen_candidate_id, pair.rejected_candidate_id, pair.chosen_score])).toEqual(
      pairs.map((pair) => [pair.chosenCandidateId, pair.rejectedCandidateId, pair.chosenScore]),
    );
  }
});

it("takes no pair at all for a result", async () => {
  const refs = { candidates: await bed.candidates(fruits), strategy: BEST_WORST };
  const failed = fruits.map((each) => judgement(each, null));
  const job = await bed.pair("failed", { ...refs, judgements: await bed.judgements(failed) });
  expect(job.outputs["pairs"]).toMatchObject({ recordCount: 0 });
  expect(job.metrics).toEqual({
    prompts: 1,
    pairs: 0,
    discard_rate: 1,
    dropped_too_few_scored: 1,
    dropped_answer_truncated: 1,
    dropped_answer_failed_judgement: 3,
  });
  const unjudged = await bed.pair("unjudged", { ...refs, judgements: await bed.judgements([]) });
  expect(unjudged.metrics).toEqual(job.metrics);
  const empty = { candidates: await bed.candidates([]), judgements: await bed.judgements([]), strategy: BEST_WORST };
  expect((await bed.pair("empty", empty)).metrics).toEqual({ prompts: 0, pairs: 0, discard_rate: 0 });
});

it.each([
  ["JUDGEMENT_WITHOUT_CANDIDATE", fruits, [...judgements]],
  ["JUDGEMENT_REPEATED", fruits, [judgements[0]!, judgements[0]!]],
  ["CANDIDATES_NOT_IN_PROMPT_ORDER", [fruits[0]!, tools[0]!, fruits[1]!], []],
])("fails with %s where datasets do not fit", async (reason, some, judged) => {
  const refs = { candidates: await bed.candidates(some), judgements: await bed.judgements(judged) };
  const job = await bed.pair(reason, { ...refs, strategy: BEST_WORST });
  expect(job).toMatchObject({ state: jobs.JobState.FAILED, error: { reason, code: 3 } });
  expect(job.outputs).toEqual({});
});

it("is refused before it exists, and for a request id of another spec", async () => {
  const spec = { candidates: await bed.candidates(fruits), judgements: await bed.judgements([]), strategy: BEST_WORST };
  const start = (requestId: string, changes: object) =>
    bed.peers.pairing.startPairing({ requestId, spec: { ...spec, ...changes } });
  await expect(start("a", { judgements: undefined })).rejects.toMatchObject({ fields: [{ field: "spec.judgements" }] });
  await expect(start("a", { candidates: undefined })).rejects.toMatchObject({ fields: [{ field: "spec.candidates" }] });
  await expect(start("a", { strategy: 0 })).rejects.toMatchObject({ fields: [{ field: "spec.strategy" }] });
  await bed.pair("used", spec);
  await expect(start("used", { seed: 3 })).rejects.toMatchObject({ reason: "REQUEST_ID_REUSED" });
});
