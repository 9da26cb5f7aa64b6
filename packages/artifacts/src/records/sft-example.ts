import { z } from "zod";
import { idField } from "./fields.ts";
import { idFrom, type RecordKind } from "./record-kind.ts";

export const exampleKindField = z.enum(["ift", "eft"]);

const schema = z.strictObject({
  example_id: idField,
  /** `ift`: an instruction and its answer. `eft`: a judge's prompt and its judgement. */
  kind: exampleKindField,
  prompt: z.string(),
  completion: z.string().min(1),
  /** `chat`: the prompt is a user's turn and is put into the chat template. `raw`: it is the model's input as it stands. */
  prompt_format: z.enum(["chat", "raw"]),
});

/** A prompt and the completion to learn. */
export type SftExampleRecord = z.infer<typeof schema>;

export const exampleId = idFrom<SftExampleRecord, "kind" | "prompt" | "completion" | "prompt_format">(
  "kind",
  "prompt",
  "completion",
  "prompt_format",
);

const { kind, prompt, completion, prompt_format } = schema.shape;

const userSchema = z
  .strictObject({
    example_id: idField.optional(),
    kind: kind.default("ift"),
    prompt,
    completion,
    prompt_format: prompt_format.default("chat"),
  })
  .transform((line): SftExampleRecord => ({ ...line, example_id: line.example_id ?? exampleId(line) }));

export const sftExampleKind: RecordKind<SftExampleRecord> = { name: "sft-example", schema, userSchema };
