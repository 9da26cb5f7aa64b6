import { ServiceError } from "@srlm/service-kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bootstrapMean } from "./metrics/bootstrap.ts";
import { pooledPairedDifference } from "./metrics/paired-difference.ts";
import { type EvaluatedAnswerRecord, evaluatedAnswerKind } from "./records.ts";
import { evaluatedAnswer, scoredAnswers } from "./testing/evaluated-answers.ts";
import { EvaluationBed } from "./testing/evaluation-bed.ts";

let bed: EvaluationBed;
beforeAll(async () => {
  bed = await EvaluationBed.open();
});
afterAll(() => bed.close());

const A = [
  [5, 4, 5, 3, 2, 5],
  [4, 4, 5, 5, 3, 5],
];
const B = [
  [4, 4, 3, 3, 1, 0],
  [4, 2, 5, 4, 3, 1],
];
const CLUSTERS = ["0", "0", "1", "1", "2", "2"];

async function evaluated(model: string, seed: string, answers: readonly EvaluatedAnswerRecord[]) {
  return { model, seed, answers: await bed.records(evaluatedAnswerKind, answers) };
}

/** M1 and M2 with two seeds each; the answers of M2 in another order. */
async function twoModels() {
  return [
    await evaluated("M1", "3", scoredAnswers(B[0]!)),
    await evaluated("M1", "4", scoredAnswers(B[1]!)),
    await evaluated("M2", "4", scoredAnswers(A[1]!).reverse()),
    await evaluated("M2", "3", scoredAnswers(A[0]!)),
  ];
}

describe("summaries", () => {
  it("gives one model's figures with intervals over prompts and over clusters", async () => {
    const scores = [5, 4, null, 3, 2, 5];
    const models = [await evaluated("M1", "", scoredAnswers(scores))];
    const { models: summaries } = await bed.peers.evaluation.summarizeEvaluations({
      models,
      bootstrapSamples: 500,
      seed: 9,
    });
    const known = [5, 4, 3, 2, 5];
    expect(summaries).toEqual([
      {
        model: "M1",
        split: "new_texts",
        answers: 6,
        score: bootstrapMean(known, { seed: 9, resamples: 500 }),
        scoreClustered: bootstrapMean(known, { seed: 9, resamples: 500, clusters: ["0", "0", "1", "2", "2"] }),
        perfectShare: 2 / 5,
        criteria: { order: 2 / 5 },
        stoppedShare: 1,
        meanWords: 2,
        meanTokens: 3,
        distinctShare: 5 / 6,
        histogram: [0, 0, 1, 1, 1, 2],
      },
    ]);
  });

  it("pools models over seeds and pairs them prompt by prompt, whatever the order of answers and seeds", async () => {
    const request = {
      models: await twoModels(),
      comparisons: [{ modelA: "M2", modelB: "M1" }],
      bootstrapSamples: 500,
      seed: 9,
    };
    const { models, pairs } = await bed.peers.evaluation.summarizeEvaluations(request);
    expect(models.map(({ model, answers, score }) => [model, answers, score?.mean])).toEqual([
      ["M1", 12, expect.closeTo(34 / 12, 12)],
      ["M2", 12, expect.closeTo(50 / 12, 12)],
    ]);
    // M2's first run is that of seed 4, in reverse: the pairs follow it.
    const reversed = (scores: readonly number[]) => [...scores].reverse();
    const first = [A[1]!, A[0]!].map(reversed);
    const second = [B[1]!, B[0]!].map(reversed);
    const clusters = reversed(CLUSTERS.map(Number)).map(String);
    expect(pairs).toEqual([
      {
        modelA: "M2",
        modelB: "M1",
        split: "new_texts",
        difference: pooledPairedDifference(first, second, { seed: 9, resamples: 500 }),
        differenceClustered: pooledPairedDifference(first, second, { seed: 9, resamples: 500, clusters }),
        wins: 7,
        ties: 5,
        losses: 0,
      },
    ]);
    expect(await bed.peers.evaluation.summarizeEvaluations(request)).toEqual({ models, pairs });
  });

  it("keeps splits apart, and gives no clustered interval where prompts form no groups", async () => {
    const alone = [1, 2].map((score, i) =>
      evaluatedAnswer({ split: "alone", prompt_id: `p${i}`, cluster: `c${i}`, score }),
    );
    const judged = [evaluatedAnswer({ split: "judged" }), evaluatedAnswer({ split: "judged", prompt_id: "p1" })];
    const models = [await evaluated("M1", "", [...scoredAnswers([5, 5, 1]), ...alone, ...judged])];
    const { models: summaries } = await bed.peers.evaluation.summarizeEvaluations({ models, bootstrapSamples: 50 });
    expect(summaries.map(({ split, scoreClustered }) => [split, scoreClustered !== undefined])).toEqual([
      ["new_texts", true],
      ["alone", false],
      ["judged", false],
    ]);
  });

  it("has no interval where nothing was scored, and leaves unscored prompts out of a comparison", async () => {
    const models = [
      await evaluated("M0", "", scoredAnswers([null, null])),
      await evaluated("M1", "", scoredAnswers([4, null])),
      await evaluated("M2", "", scoredAnswers([5, 5])),
    ];
    const comparisons = [
      { modelA: "M1", modelB: "M0" },
      { modelA: "M1", modelB: "M2" },
    ];
    const { models: summaries, pairs } = await bed.peers.evaluation.summarizeEvaluations({ models, comparisons });
    expect(summaries[0]).toMatchObject({
      answers: 2,
      score: undefined,
      perfectShare: undefined,
      histogram: [0, 0, 0, 0, 0, 0],
    });
    expect(pairs[0]).toMatchObject({ difference: undefined, wins: 0, ties: 0, losses: 0 });
    expect(pairs[1]).toMatchObject({ difference: { mean: -1, low: -1, high: -1 }, wins: 0, ties: 0, losses: 1 });
  });

  it("draws 10,000 resamples unless told, and others with another seed", async () => {
    const models = [await evaluated("M1", "", scoredAnswers(A[0]!))];
    const score = async (request: object) => {
      const { models: summaries } = await bed.peers.evaluation.summarizeEvaluations({ models, ...request });
      return summaries[0]?.score;
    };
    const byDefault = await score({ seed: 1 });
    expect(byDefault).toEqual(bootstrapMean(A[0]!, { seed: 1, resamples: 10_000 }));
    expect(await score({ seed: 1, bootstrapSamples: 20 })).not.toEqual(byDefault);
    const ofSeed = (seed: number) => score({ seed, bootstrapSamples: 20 });
    expect(await ofSeed(2)).not.toEqual(await ofSeed(1));
  });
});

describe("what is refused", () => {
  /** Reason, field and message of a refusal. */
  const refusal = async (request: object) => {
    const call = bed.peers.evaluation.summarizeEvaluations({ bootstrapSamples: 10, ...request });
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => ServiceError.from(thrown),
    );
    return `${error?.reason} ${error?.fields[0]?.field}: ${error?.message}`;
  };
  const comparisons = [{ modelA: "M2", modelB: "M1" }];

  it("refuses comparisons of models that cannot be paired", async () => {
    const expectNotPaired = async (
      a: readonly EvaluatedAnswerRecord[],
      b: readonly EvaluatedAnswerRecord[],
      words: string,
      seeds: readonly [string, string] = ["3", "3"],
    ) => {
      const models = [await evaluated("M2", seeds[0], a), await evaluated("M1", seeds[1], b)];
      const refused = await refusal({ models, comparisons });
      expect(refused).toContain("EVALUATIONS_NOT_PAIRED comparisons[0]: ");
      expect(refused).toContain(words);
    };
    const some = scoredAnswers([5, 4, 3]);
    await expectNotPaired(some, some.slice(1), "M2 answered prompt p0 and M1 did not");
    await expectNotPaired(some.slice(0, 2), some, "M1 answered prompt p2 and M2 did not");
    await expectNotPaired(some, scoredAnswers([5, 4, 3], "other"), "M2 has new_texts; M1 other");
    await expectNotPaired(some, some, 'M2 has "3", M1 "4"', ["3", "4"]);
    const otherwise = some.map((answer) => ({ ...answer, verifier: "another" }));
    await expectNotPaired(some, otherwise, "M1 by the verifier another");
  });

  it("refuses runs of one model that did not answer the same prompts", async () => {
    const models = [
      await evaluated("M1", "3", scoredAnswers([5, 4, 3])),
      await evaluated("M1", "4", scoredAnswers([5, 4])),
    ];
    const refused = await refusal({ models });
    expect(refused).toMatch(/^EVALUATIONS_NOT_PAIRED models\[1\]\.answers: .* M1 of seed 4 did not$/);
  });

  it("refuses requests that lack something, name nothing, or ask too much", async () => {
    const one = await evaluated("M1", "3", scoredAnswers([5]));
    expect(await refusal({})).toContain("FIELD_REQUIRED models: ");
    expect(await refusal({ models: [{ ...one, model: "" }] })).toContain("FIELD_REQUIRED models[0].model: ");
    expect(await refusal({ models: [{ model: "M1" }] })).toContain("FIELD_REQUIRED models[0].answers: ");
    expect(await refusal({ models: [one, one] })).toMatch(/^INVALID_ARGUMENT models\[1\]: .* again$/);
    expect(await refusal({ models: [one], comparisons })).toMatch(
      /^INVALID_ARGUMENT comparisons\[0\]\.model_a: .*\(M1\), got "M2"$/,
    );
    expect(await refusal({ models: [one], bootstrapSamples: 100_001 })).toMatch(
      /^INVALID_ARGUMENT bootstrap_samples: .* at most 100000, got 100001$/,
    );
  });

  it("refuses a dataset of other records, naming the line", async () => {
    const answers = await bed.prompts("not an answer");
    const call = bed.peers.evaluation.summarizeEvaluations({ models: [{ model: "M1", answers }] });
    await expect(call).rejects.toMatchObject({ reason: "RECORD_INVALID", message: expect.stringContaining(":1:") });
  });
});
