import { z } from "zod";
import { idField } from "./fields.ts";
import { idFrom, type RecordKind } from "./record-kind.ts";

const answer = z.strictObject({
  text: z.string(),
  /** 0 is best; null where people did not rank it. */
  rank: z.int().nonnegative().nullable(),
  score: z.number().nullable(),
});

const schema = z.strictObject({
  group_id: idField,
  prompt: z.string().min(1),
  answers: z.array(answer).min(1),
});

/** Answers to one prompt in the order that people gave them: what a judge is taught and measured by. */
export type RankedAnswersRecord = z.infer<typeof schema>;

export const groupId = idFrom<RankedAnswersRecord, "prompt" | "answers">("prompt", "answers");

const userAnswer = z.strictObject({
  text: z.string(),
  rank: answer.shape.rank.default(null),
  score: answer.shape.score.default(null),
});

const userSchema = z
  .strictObject({ group_id: idField.optional(), prompt: schema.shape.prompt, answers: z.array(userAnswer).min(1) })
  .transform((line): RankedAnswersRecord => ({ ...line, group_id: line.group_id ?? groupId(line) }));

export const rankedAnswersKind: RecordKind<RankedAnswersRecord> = { name: "ranked-answers", schema, userSchema };
