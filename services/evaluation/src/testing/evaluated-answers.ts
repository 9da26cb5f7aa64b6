import type { EvaluatedAnswerRecord } from "../records.ts";

/** A record with a verifier's score of 5; name what a test is about. */
export function evaluatedAnswer(overrides: Partial<EvaluatedAnswerRecord>): EvaluatedAnswerRecord {
  return {
    split: "new_texts",
    prompt_id: "p0",
    prompt: "p",
    cluster: null,
    answer: "two words",
    finish_reason: "stop",
    tokens: 3,
    score: 5,
    criteria: { order: true },
    verifier: "tiny-world",
    judgement: null,
    model_sha256: "0".repeat(64),
    tokenizer_sha256: "1".repeat(64),
    template_sha256: "2".repeat(64),
    sampling: { temperature: 0.7, top_p: 0.9, top_k: 0, min_p: 0, repetition_penalty: 1, max_tokens: 14 },
    seed: 1,
    engine_fingerprint: "engine-1",
    ...overrides,
  };
}

/** Prompts p0, p1, ... with these scores, in clusters of two; answers without a score have no criteria either. */
export function scoredAnswers(scores: readonly (number | null)[], split = "new_texts"): EvaluatedAnswerRecord[] {
  return scores.map((score, i) =>
    evaluatedAnswer({
      split,
      prompt_id: `p${i}`,
      cluster: `request ${i >> 1}`,
      answer: `answer ${score}`,
      score,
      criteria: score === null ? null : { order: score === 5 },
    }),
  );
}
