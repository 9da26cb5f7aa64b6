import type { Config } from "../config/schema.ts";

/**
 * The configuration without what changes no result: places of files and services (what they hold is told by digests),
 * sizes of shards, and how often a checkpoint is written. Reports of runs that differ in these alone are equal; not so
 * with another `micro_batch_size`, which changes weights by rounding and stays.
 */
export function essentials(config: Config): unknown {
  const { model, services, data, judging, sampling, evaluation, pretrain, sft, dpo, ...rest } = config;
  void services;
  const { world, counts, ranked_split, max_tokens, ...files } = data;
  const given = Object.entries(files).filter(([, value]) => typeof value === "string");
  return {
    ...rest,
    model: model === undefined ? "new" : "given",
    data: {
      world,
      counts,
      ranked_split,
      max_tokens,
      given: given.map(([key]) => key).sort(),
      held_out: Object.keys(data.held_out).sort(),
      judge: Object.keys(data.judge).sort(),
    },
    judging: without(judging, ["shard_size", "rubric_file"]),
    sampling: without(sampling, ["shard_size"]),
    evaluation: without(evaluation, ["shard_size"]),
    ...(pretrain === undefined ? {} : { pretrain: without(pretrain, CHECKPOINTS) }),
    sft: without(sft, CHECKPOINTS),
    dpo: without(dpo, CHECKPOINTS),
  };
}

const CHECKPOINTS = ["checkpoint_every"] as const;

function without<T extends object, K extends keyof T>(section: T, keys: readonly K[]): Omit<T, K> {
  const copy = { ...section };
  for (const key of keys) delete copy[key];
  return copy;
}
