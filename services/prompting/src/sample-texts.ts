import type { ArtifactRef } from "@srlm/artifacts";
import { inference } from "@srlm/contracts";
import { internal, type Peers } from "@srlm/service-kit";

/** A model as prompts are sampled from it. */
export interface PromptModel {
  readonly model: ArtifactRef;
  readonly sampling: inference.SamplingParameters;
  readonly seed: number;
  readonly stopIds: readonly number[];
}

/**
 * A batch of samples takes minutes on a slow engine, and a job has no deadline of its own: this one only ends a call
 * that nobody answers any more.
 */
const SAMPLING_MS = 60 * 60 * 1000;

/**
 * One completion for each list of ids, in their order. The one after `ids[i]` draws its random numbers by `from + i`,
 * so that it does not depend on how attempts are cut into batches. Errors are those of InferenceService.Generate.
 */
export async function sampleCompletions(
  peers: Peers,
  { model, sampling, seed, stopIds }: PromptModel,
  ids: readonly (readonly number[])[],
  from: number,
  tooLong: inference.TooLongPolicy,
  signal: AbortSignal,
): Promise<inference.GenerateResponse[]> {
  const prompts = ids.map((each, i) => ({ key: `attempt-${from + i}`, ids: [...each] }));
  const request = { model, prompts, candidates: 1, sampling, stopIds: [...stopIds], seed, tooLong };
  const completions: inference.GenerateResponse[] = [];
  for await (const response of peers.inference.generate(request, { signal, timeoutMs: SAMPLING_MS })) {
    completions[response.promptIndex] = response;
  }
  return Array.from(ids, (_, i) => {
    const completion = completions[i];
    if (completion === undefined) throw internal("the inference service left out a completion that was asked for");
    return completion;
  });
}
