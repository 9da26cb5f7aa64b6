import { z } from "zod";
import { idField, samplingField, sha256Field } from "./fields.ts";
import { idFrom, type RecordKind } from "./record-kind.ts";

const sample = z
  .strictObject({
    /** The judge's words. */
    text: z.string(),
    score: z.number().min(0).max(5).nullable(),
    /** Why no score could be read, UPPER_SNAKE. */
    failure: z.string().min(1).nullable(),
  })
  .refine(({ score, failure }) => (score === null) !== (failure === null), "needs either a score or a failure");

const schema = z
  .strictObject({
    judgement_id: idField,
    candidate_id: idField,
    prompt_id: idField,
    samples: z.array(sample).min(1),
    /** Over the samples that have a score; null where none has. */
    mean: z.number().min(0).max(5).nullable(),
    variance: z.number().nonnegative().nullable(),
    /** Samples without a score. */
    failures: z.int().nonnegative(),
    judge_model_sha256: sha256Field,
    rubric_sha256: sha256Field,
    sampling: samplingField,
    seed: z.int().nonnegative(),
    engine_fingerprint: z.string().min(1),
  })
  .refine(({ samples, failures }) => failures === samples.filter((each) => each.score === null).length, {
    path: ["failures"],
    message: "must be the number of samples without a score",
  })
  .refine(({ samples, failures, mean }) => (mean === null) === (failures === samples.length), {
    path: ["mean"],
    message: "must be null where no sample has a score, and only there",
  });

/** What a judge said of a candidate, k times. */
export type JudgementRecord = z.infer<typeof schema>;

export const judgementId = idFrom<
  JudgementRecord,
  "candidate_id" | "judge_model_sha256" | "rubric_sha256" | "sampling" | "seed" | "engine_fingerprint"
>("candidate_id", "judge_model_sha256", "rubric_sha256", "sampling", "seed", "engine_fingerprint");

export const judgementKind: RecordKind<JudgementRecord> = { name: "judgement", schema };
