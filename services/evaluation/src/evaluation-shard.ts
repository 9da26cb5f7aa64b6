import type { ArtifactRef } from "@srlm/artifacts";

/** Records `start` to `end` (excluded) of a task's dataset. */
export interface EvaluationShard {
  readonly task: number;
  readonly start: number;
  readonly end: number;
}

export interface EvaluationShardResult {
  readonly task: number;
  /** Records of the task's output kind. */
  readonly records: ArtifactRef;
}
