/** Reads the datasets of a training into memory, as its engine takes them. */
import {
  type ArtifactRef,
  type ArtifactStore,
  preferencePairKind,
  type RecordKind,
  readRecords,
  tokenizedExampleKind,
} from "@srlm/artifacts";
import type { training } from "@srlm/contracts";
import { required } from "@srlm/service-kit";
import { type PackedRows, packRows } from "./engine/packed-data.ts";
import type { ObjectiveParams } from "./engine/protocol.ts";

type Objective = NonNullable<training.TrainingSpec["objective"]>;

async function readRows<T>(
  artifacts: ArtifactStore,
  kind: RecordKind<T>,
  ref: ArtifactRef,
  lists: (record: T) => number[][],
  parts: number,
  signal: AbortSignal,
): Promise<PackedRows> {
  const rows: number[][][] = [];
  for await (const record of readRecords(artifacts, kind, ref, { signal })) rows.push(lists(record));
  return packRows(rows, parts);
}

const readExamples = (artifacts: ArtifactStore, ref: ArtifactRef, signal: AbortSignal) =>
  readRows(artifacts, tokenizedExampleKind, ref, (record) => [record.prompt_ids, record.completion_ids], 2, signal);

const readPairs = (artifacts: ArtifactStore, ref: ArtifactRef, signal: AbortSignal) =>
  readRows(
    artifacts,
    preferencePairKind,
    ref,
    (record) => [record.prompt_ids, record.chosen_ids, record.rejected_ids],
    3,
    signal,
  );

/** Digest of every dataset and model that a training is made from, by role. */
export function trainingInputs(objective: Objective): Record<string, ArtifactRef> {
  switch (objective.$case) {
    case "pretrain":
      return { documents: objective.value.documents!, tokenizer: objective.value.newModel!.tokenizer! };
    case "sft":
      return {
        model: objective.value.model!,
        ...Object.fromEntries(objective.value.sources.map(({ examples }, i) => [`source_${i}`, examples!])),
      };
    case "dpo":
      return { model: objective.value.model!, pairs: objective.value.pairs! };
  }
}

/** `batchSize` is the spec's, which pre-training uses. */
export async function loadObjective(
  objective: Objective,
  batchSize: number,
  artifacts: ArtifactStore,
  signal: AbortSignal,
): Promise<ObjectiveParams> {
  switch (objective.$case) {
    case "pretrain": {
      const examples = await readExamples(
        artifacts,
        required(objective.value.documents, "spec.pretrain.documents"),
        signal,
      );
      return {
        kind: "next-token",
        sources: [{ name: "documents", examples, batchSize, promptLossWeight: 0, weight: 1 }],
      };
    }
    case "sft": {
      const sources = [];
      for (const [i, source] of objective.value.sources.entries()) {
        const examples = await readExamples(
          artifacts,
          required(source.examples, `spec.sft.sources[${i}].examples`),
          signal,
        );
        const { batchSize: ownBatchSize, promptLossWeight, weight = 1 } = source;
        sources.push({ name: `source_${i}`, examples, batchSize: ownBatchSize, promptLossWeight, weight });
      }
      return { kind: "next-token", sources };
    }
    case "dpo": {
      const { pairs, batchSize: ownBatchSize, beta, nllWeight } = objective.value;
      const rows = await readPairs(artifacts, required(pairs, "spec.dpo.pairs"), signal);
      return { kind: "preference", pairs: rows, batchSize: ownBatchSize, beta, nllWeight };
    }
  }
}
