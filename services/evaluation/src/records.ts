import { idField, type RecordKind, samplingField, sha256Field } from "@srlm/artifacts";
import { z } from "zod";

const judgeSample = z.strictObject({
  /** The judge's words. */
  text: z.string(),
  score: z.number().min(0).max(5).nullable(),
  /** Why no score could be read, UPPER_SNAKE; null where there is one. */
  failure: z.string().min(1).nullable(),
});

/** How a judge came to its samples. Digests and fingerprint are empty where a judge brought by others does not say. */
const judgeSetting = z.strictObject({
  model_sha256: sha256Field,
  rubric_sha256: z.string(),
  /** `max_tokens` 0 where the rubric's limit was asked for and the judge does not say which that is. */
  sampling: samplingField.extend({ max_tokens: z.int().nonnegative() }),
  seed: z.int().nonnegative(),
  engine_fingerprint: z.string(),
});

export type JudgeSettingRecord = z.infer<typeof judgeSetting>;

const evaluatedAnswer = z.strictObject({
  split: z.string().min(1),
  prompt_id: idField,
  prompt: z.string(),
  /** What the prompt asks, where several prompts may ask the same; null where each stands for itself. */
  cluster: z.string().nullable(),
  /** Decoded with special tokens in it, without the stop token that ended it. */
  answer: z.string(),
  finish_reason: z.enum(["stop", "length"]),
  /** Sampled, without the stop token. */
  tokens: z.int().nonnegative(),
  /** 0..5; null where nothing scores answers, or no sample of the judge could be read. */
  score: z.number().min(0).max(5).nullable(),
  /** Which criteria the verifier found met; null without a verifier. */
  criteria: z.record(z.string(), z.boolean()).nullable(),
  /** Name of the verifier; null without one. */
  verifier: z.string().nullable(),
  /** Null where no judge scored the answer. */
  judgement: z.strictObject({ judge: judgeSetting, samples: z.array(judgeSample).min(1) }).nullable(),
  model_sha256: sha256Field,
  tokenizer_sha256: z.string(),
  template_sha256: z.string(),
  sampling: samplingField,
  seed: z.int().nonnegative(),
  engine_fingerprint: z.string(),
});

/** One answer of the evaluated model to a held-out prompt, and its score. */
export type EvaluatedAnswerRecord = z.infer<typeof evaluatedAnswer>;

export const evaluatedAnswerKind: RecordKind<EvaluatedAnswerRecord> = {
  name: "evaluated-answer",
  schema: evaluatedAnswer,
};

const evaluatedGroup = z.strictObject({
  split: z.string().min(1),
  group_id: idField,
  prompt: z.string(),
  /** Those that people ranked; equal texts are judged once. */
  answers: z
    .array(
      z.strictObject({
        text: z.string(),
        /** 0 is best. */
        rank: z.int().nonnegative(),
        /** Mean of the samples with a score; null where none has. */
        score: z.number().min(0).max(5).nullable(),
        samples: z.array(judgeSample).min(1),
      }),
    )
    .min(1),
  judge: judgeSetting,
});

/** Answers that people ranked, as the evaluated model judges them. */
export type EvaluatedGroupRecord = z.infer<typeof evaluatedGroup>;

export const evaluatedGroupKind: RecordKind<EvaluatedGroupRecord> = { name: "evaluated-group", schema: evaluatedGroup };
