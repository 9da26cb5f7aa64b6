import { z } from "zod";
import { idField, tokenIdsField } from "./fields.ts";
import { idFrom, type RecordKind } from "./record-kind.ts";

const schema = z.strictObject({
  pair_id: idField,
  prompt_id: idField,
  prompt: z.string(),
  chosen: z.string(),
  rejected: z.string(),
  chosen_candidate_id: idField,
  rejected_candidate_id: idField,
  /** Mean scores, 0 to 5. */
  chosen_score: z.number(),
  rejected_score: z.number(),
  prompt_ids: tokenIdsField,
  /** The candidates' `completion_ids`. */
  chosen_ids: tokenIdsField.min(1),
  rejected_ids: tokenIdsField.min(1),
});

/** Two answers to one prompt, one better. `prompt`, `chosen`, `rejected` are what TRL reads. */
export type PreferencePairRecord = z.infer<typeof schema>;

export const pairId = idFrom<PreferencePairRecord, "prompt_id" | "chosen_candidate_id" | "rejected_candidate_id">(
  "prompt_id",
  "chosen_candidate_id",
  "rejected_candidate_id",
);

export const preferencePairKind: RecordKind<PreferencePairRecord> = { name: "preference-pair", schema };
