/** Intervals of a mean over prompts that have a value in every run, and over clusters of such prompts. */
import { bootstrapPooledMean, type Interval } from "../metrics/bootstrap.ts";
import type { Draws } from "../metrics/draws.ts";
import type { PooledSplit } from "./pooled-split.ts";

export interface BootstrapSettings {
  /** Of the draws. */
  readonly seed: number;
  readonly resamples: number;
  /** Of all intervals of a summary. */
  readonly draws: Draws;
}

export interface MeanIntervals {
  /** Absent where no prompt has a value in every run. */
  readonly overPrompts?: Interval;
  /** Prompts that ask the same are drawn together; absent where none do, or all do. */
  readonly overClusters?: Interval;
}

/** The cluster of each prompt; undefined where they form no groups. */
function clustersOf(split: PooledSplit, places: readonly number[]): string[] | undefined {
  const [run = []] = split.runs;
  const clusters = places.flatMap((place) => run[place]?.cluster ?? []);
  const groups = new Set(clusters).size;
  return clusters.length === places.length && groups > 1 && groups < clusters.length ? clusters : undefined;
}

/** @param values values[s][i] of run s and prompt i; null where there is none. */
export function meanIntervals(
  split: PooledSplit,
  values: readonly (readonly (number | null)[])[],
  settings: BootstrapSettings,
): MeanIntervals {
  const places = (values[0] ?? []).map((_, i) => i).filter((i) => values.every((run) => run[i] !== null));
  if (places.length === 0) return {};
  const complete = values.map((run) => places.map((place) => run[place] as number));
  const clusters = clustersOf(split, places);
  const overPrompts = bootstrapPooledMean(complete, settings);
  if (clusters === undefined) return { overPrompts };
  return { overPrompts, overClusters: bootstrapPooledMean(complete, { ...settings, clusters }) };
}
