import { type ArtifactRef, type ArtifactStore, type RecordKind, readRecords } from "@srlm/artifacts";
import { z } from "zod";

/** What a tokenizer learns from: the text of documents, prompt and completion of examples. */
const textKind: RecordKind<string[]> = {
  name: "document or sft-example",
  schema: z.union([
    z.looseObject({ text: z.string() }).transform(({ text }) => [text]),
    z
      .looseObject({ prompt: z.string(), completion: z.string() })
      .transform((example) => [example.prompt, example.completion]),
  ]),
};

/** All texts of the datasets, in order. RECORD_INVALID for records of other kinds. */
export async function* datasetTexts(
  artifacts: ArtifactStore,
  datasets: readonly ArtifactRef[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  for (const dataset of datasets) {
    for await (const texts of readRecords(artifacts, textKind, dataset, { signal })) yield* texts;
  }
}
