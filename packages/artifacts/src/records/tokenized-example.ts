import { z } from "zod";
import { idField, tokenIdsField } from "./fields.ts";
import type { RecordKind } from "./record-kind.ts";
import { exampleKindField } from "./sft-example.ts";

const schema = z.strictObject({
  /** Of the example that it was tokenised from. */
  example_id: idField,
  kind: exampleKindField,
  prompt_ids: tokenIdsField,
  /** With the end-of-sequence id: it is part of what is learnt. */
  completion_ids: tokenIdsField.min(1),
});

/** An example as the trainer takes it: prompt and completion tokenised apart. */
export type TokenizedExampleRecord = z.infer<typeof schema>;

export const tokenizedExampleKind: RecordKind<TokenizedExampleRecord> = { name: "tokenized-example", schema };
