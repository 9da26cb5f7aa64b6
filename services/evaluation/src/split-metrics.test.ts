import { describe, expect, it } from "vitest";
import { answerMetrics, judgeMetrics } from "./split-metrics.ts";
import { evaluatedAnswer } from "./testing/evaluated-answers.ts";

describe("answerMetrics", () => {
  it("takes a judge's highest score for perfect, where there are no criteria", () => {
    const records = [5, 4.5, null].map((score, i) =>
      evaluatedAnswer({ prompt_id: `p${i}`, score, criteria: null, verifier: null }),
    );
    expect(answerMetrics("s", records, 4)).toMatchObject({
      "answered/s": 3,
      "skipped_too_long/s": 1,
      "scored/s": 2,
      "mean_score/s": 4.75,
      "perfect_share/s": 0.5,
    });
  });

  it("leaves out what is undefined without answers", () => {
    expect(answerMetrics("s", [], 2)).toEqual({ "answered/s": 0, "skipped_too_long/s": 2, "scored/s": 0 });
  });
});

describe("judgeMetrics", () => {
  it("has no figure but its counts where nothing can be read", () => {
    const unread = { text: "t", score: null, samples: [{ text: "hm", score: null, failure: "NO_SCORE" }] };
    const judge = {
      model_sha256: "0".repeat(64),
      rubric_sha256: "",
      sampling: evaluatedAnswer({}).sampling,
      seed: 1,
      engine_fingerprint: "",
    };
    const group = {
      split: "s",
      group_id: "g",
      prompt: "p",
      answers: [
        { ...unread, rank: 0 },
        { ...unread, rank: 1 },
      ],
      judge,
    };
    expect(judgeMetrics("s", [group])).toEqual({ "judge_parsed_share/s": 0, "judge_groups/s": 0 });
  });
});
