import { type RecordKind, writeRecords } from "@srlm/artifacts";
import type { ShardResult, ShardRun } from "@srlm/service-kit";
import type { EvaluationShardResult } from "./evaluation-shard.ts";

/** Stores a shard's records; `finishEvaluation` puts them together. */
export async function storeShard<T>(
  { artifacts, signal }: ShardRun,
  task: number,
  kind: RecordKind<T>,
  records: readonly T[],
  engineFingerprint: string | undefined,
): Promise<ShardResult<EvaluationShardResult>> {
  const value = { task, records: await writeRecords(artifacts, kind, records, { signal }) };
  return engineFingerprint ? { value, engineFingerprint } : { value };
}
