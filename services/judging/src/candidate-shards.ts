import { type ArtifactRef, type ArtifactStore, candidateKind, type RecordRange, readRecords } from "@srlm/artifacts";
import type { PlannedShard } from "@srlm/service-kit";

/**
 * Ranges of candidates that hold `promptsPerShard` prompts each (the last may hold fewer), all candidates of a prompt
 * together: what is judged once for a prompt is never split. One empty range where there is no candidate.
 */
export async function candidateShards(
  artifacts: ArtifactStore,
  candidates: ArtifactRef,
  promptsPerShard: number,
  signal: AbortSignal,
): Promise<PlannedShard<RecordRange>[]> {
  const shards: PlannedShard<RecordRange>[] = [];
  let [start, end, prompts] = [0, 0, 0];
  let promptId: string | null = null;
  for await (const { prompt_id } of readRecords(artifacts, candidateKind, candidates, { signal })) {
    if (prompt_id !== promptId) {
      promptId = prompt_id;
      if (prompts === promptsPerShard) {
        shards.push({ payload: { start, end }, size: prompts });
        [start, prompts] = [end, 0];
      }
      prompts += 1;
    }
    end += 1;
  }
  return [...shards, { payload: { start, end }, size: prompts }];
}
