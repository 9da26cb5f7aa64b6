import {
  type ArtifactRef,
  type ArtifactStore,
  type PromptRecord,
  promptId,
  promptKind,
  type RecordKind,
  readRecords,
  sftExampleKind,
} from "@srlm/artifacts";

/** A `prompt` record, or the prompt of an `sft-example` one: training data need not be copied to be left out. */
const anyPromptKind: RecordKind<PromptRecord> = {
  name: "prompt or sft-example",
  schema: promptKind.schema.or(
    sftExampleKind.schema.transform(
      ({ prompt, kind }): PromptRecord => ({ prompt_id: promptId({ prompt }), prompt, source: kind }),
    ),
  ),
};

/** All prompts of a dataset, in order. RECORD_INVALID for records of other kinds. */
export async function readPrompts(
  artifacts: ArtifactStore,
  dataset: ArtifactRef,
  signal: AbortSignal,
): Promise<PromptRecord[]> {
  const prompts: PromptRecord[] = [];
  for await (const prompt of readRecords(artifacts, anyPromptKind, dataset, { signal })) prompts.push(prompt);
  return prompts;
}
