import type { prompting } from "@srlm/contracts";
import { type JobStep, required } from "@srlm/service-kit";
import type { PromptSource } from "../collect-prompts.ts";
import { readPrompts } from "../prompt-datasets.ts";
import { seededSample } from "../seeded-sample.ts";

/** Prompts of a dataset, each once, in an order drawn by the seed. */
export async function pooledSource(
  source: prompting.PooledPrompts,
  seed: number,
  { artifacts, signal }: JobStep,
): Promise<PromptSource> {
  const pool = await readPrompts(artifacts, required(source.prompts, "spec.pooled.prompts"), signal);
  const drawn = seededSample(pool, pool.length, seed, "pool");
  return {
    attempts: async (from, limit) =>
      drawn.slice(from, from + limit).map((record) => [{ text: record.prompt, cutOff: false, record }]),
  };
}
