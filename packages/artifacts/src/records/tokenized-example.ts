import { z } from "zod";
import { idField, tokenIdsField } from "./fields.ts";
import type { RecordKind } from "./record-kind.ts";

const schema = z.strictObject({
  /** Of the example that it was tokenised from. */
  example_id: idField,
  /** `document`: text to pre-train on, its prefix as prompt. Else as in the sft-example record. */
  kind: z.enum(["document", "ift", "eft"]),
  prompt_ids: tokenIdsField,
  /** With the end-of-sequence id: it is part of what is learnt. */
  completion_ids: tokenIdsField.min(1),
});

/** An example as the trainer takes it: prompt and completion tokenised apart. */
export type TokenizedExampleRecord = z.infer<typeof schema>;

export const tokenizedExampleKind: RecordKind<TokenizedExampleRecord> = { name: "tokenized-example", schema };
