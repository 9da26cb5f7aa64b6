import { evaluation } from "@srlm/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EvaluationBed } from "./testing/evaluation-bed.ts";

const { A_WINS, TIE, B_WINS, UNSPECIFIED } = evaluation.Verdict;

let bed: EvaluationBed;
beforeAll(async () => {
  bed = await EvaluationBed.open();
});
afterAll(() => bed.close());

const prompt = "my cat is near the wrench . name 2 fruits in order";
const good = "sure : 1 apple 2 fig";
const rude = "ugh : 1 apple 2 fig";
const sampling = { temperature: 0.7, topK: 0, minP: 0, maxTokens: 48 };
const rubric = { source: { $case: "builtin" as const, value: "tiny-world" } };

it("decides by the verifier, each comparison on its own, in order", async () => {
  const { verdicts } = await bed.peers.evaluation.compareAnswers({
    comparisons: [
      { prompt, answerA: good, answerB: rude },
      { prompt, answerA: rude, answerB: good },
      { prompt, answerA: good, answerB: "gladly : 1 banana 2 pear" },
    ],
    decider: { $case: "verifier", value: "tiny-world" },
  });
  expect(verdicts).toEqual([A_WINS, B_WINS, TIE]);
});

it("decides by the judge's means, and not where one cannot be read", async () => {
  const scores: Record<string, number> = { a: 3, b: 4 };
  const model = await bed.model("judge", { judge: (_prompt, response) => scores[response] ?? null });
  const { verdicts } = await bed.peers.evaluation.compareAnswers({
    comparisons: [
      { prompt: "p", answerA: "a", answerB: "b" },
      { prompt: "p", answerA: "b", answerB: "a" },
      { prompt: "p", answerA: "a", answerB: "a" },
      { prompt: "p", answerA: "a", answerB: "?" },
    ],
    decider: { $case: "judge", value: { model, rubric, samples: 2, sampling, seed: 5 } },
  });
  expect(verdicts).toEqual([B_WINS, A_WINS, TIE, UNSPECIFIED]);
  expect(bed.test.judged).toMatchObject([{ samples: 2, seed: 5, rubric, model }]);
  expect(bed.test.judged[0]?.answers.map(({ response }) => response)).toEqual(["a", "b", "?"]);
});

it("refuses unknown verifiers, prompts that cannot be verified, and missing fields", async () => {
  const expectRefused = async (request: object, reason: string, field: string) => {
    await expect(bed.peers.evaluation.compareAnswers(request)).rejects.toMatchObject({ reason, fields: [{ field }] });
  };
  const verifier = { $case: "verifier", value: "tiny-world" };
  const comparison = { prompt, answerA: good, answerB: rude };
  const unknown = { ...comparison, prompt: "why?" };
  await expectRefused({ decider: verifier }, "FIELD_REQUIRED", "comparisons");
  await expectRefused({ comparisons: [comparison] }, "FIELD_REQUIRED", "decider");
  await expectRefused(
    { comparisons: [comparison], decider: { $case: "verifier", value: "oracle" } },
    "VERIFIER_UNKNOWN",
    "verifier",
  );
  await expectRefused(
    { comparisons: [comparison, unknown], decider: verifier },
    "PROMPT_NOT_VERIFIABLE",
    "comparisons[1].prompt",
  );
  await expectRefused(
    { comparisons: [comparison], decider: { $case: "judge", value: { rubric } } },
    "FIELD_REQUIRED",
    "judge.model",
  );
});

it("passes on the errors of the judge", async () => {
  const model = await bed.artifacts.put(Buffer.from("nobody knows it"), { mediaType: "text/plain" });
  const call = bed.peers.evaluation.compareAnswers({
    comparisons: [{ prompt: "p", answerA: "a", answerB: "b" }],
    decider: { $case: "judge", value: { model, rubric, samples: 1, sampling, seed: 5 } },
  });
  await expect(call).rejects.toMatchObject({ reason: "ARTIFACT_NOT_FOUND" });
});
