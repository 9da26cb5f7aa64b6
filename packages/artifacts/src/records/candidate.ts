import { z } from "zod";
import { idField, samplingField, sha256Field, tokenIdsField } from "./fields.ts";
import { idFrom, type RecordKind } from "./record-kind.ts";

const schema = z.strictObject({
  candidate_id: idField,
  prompt_id: idField,
  candidate_index: z.int().nonnegative(),
  prompt: z.string(),
  completion: z.string(),
  /** What the model was given: the rendered template's ids. */
  prompt_ids: tokenIdsField,
  /** What the model gave, end-of-sequence included; never re-encoded from `completion`. */
  completion_ids: tokenIdsField,
  finish_reason: z.enum(["stop", "length"]),
  /** Natural logarithm, summed over `completion_ids`, under the model's own distribution (temperature 1, nothing cut). */
  sum_logprob: z.number(),
  model_sha256: sha256Field,
  tokenizer_sha256: sha256Field,
  /** Absent where prompts are given raw. */
  template_sha256: sha256Field.optional(),
  sampling: samplingField,
  seed: z.int().nonnegative(),
  engine_fingerprint: z.string().min(1),
});

/** One answer of a model to a prompt. */
export type CandidateRecord = z.infer<typeof schema>;

/** Derived from what makes the answer, not from the answer: known before it is sampled. */
export const candidateId = idFrom<
  CandidateRecord,
  | "prompt_id"
  | "candidate_index"
  | "model_sha256"
  | "tokenizer_sha256"
  | "template_sha256"
  | "sampling"
  | "seed"
  | "engine_fingerprint"
>(
  "prompt_id",
  "candidate_index",
  "model_sha256",
  "tokenizer_sha256",
  "template_sha256",
  "sampling",
  "seed",
  "engine_fingerprint",
);

export const candidateKind: RecordKind<CandidateRecord> = { name: "candidate", schema };
