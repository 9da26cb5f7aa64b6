import type { ArtifactRef, RecordRange } from "@srlm/artifacts";

/** A range of a task's dataset. */
export interface EvaluationShard extends RecordRange {
  readonly task: number;
}

export interface EvaluationShardResult {
  readonly task: number;
  /** Records of the task's output kind. */
  readonly records: ArtifactRef;
}
