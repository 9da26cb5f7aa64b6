import { z } from "zod";
import { idField } from "./fields.ts";
import { idFrom, type RecordKind } from "./record-kind.ts";

const schema = z.strictObject({
  prompt_id: idField,
  prompt: z.string().min(1),
  /** Where it comes from: `user`, a dataset's name, or `generated`. */
  source: z.string().min(1),
});

/** What a model is asked. */
export type PromptRecord = z.infer<typeof schema>;

/** Depends on the text alone, so that one prompt from two sources is one prompt. */
export const promptId = idFrom<PromptRecord, "prompt">("prompt");

const userSchema = z
  .strictObject({
    prompt_id: idField.optional(),
    prompt: schema.shape.prompt,
    source: schema.shape.source.default("user"),
  })
  .transform((line): PromptRecord => ({ ...line, prompt_id: line.prompt_id ?? promptId(line) }));

export const promptKind: RecordKind<PromptRecord> = { name: "prompt", schema, userSchema };
