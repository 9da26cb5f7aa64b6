/**
 * Percentile bootstrap of a mean score (Efron 1979; the hierarchical form as in Davison and Hinkley 1997, section 3.8).
 *
 *     theta*_r = mean over drawn seeds s of  (sum over drawn units u of total[s][u]) / (sum over drawn units of size[u])
 *     interval = the (1 - level)/2 and (1 + level)/2 quantiles of theta*_1 .. theta*_R, linearly interpolated
 *
 * Three levels of what may vary, each resampled with replacement:
 * - *prompts*: one training run, independent prompts: the unit is a prompt;
 * - *clusters*: prompts that share a request are not independent: the unit is a request with all its prompts;
 * - *seeds*: several training runs of one recipe, scored on the same prompts: in each resample runs are drawn first,
 *   then one set of units, used for all of them, since an easy prompt is easy for every run.
 *
 * With few clusters or seeds a percentile interval is somewhat too narrow (the variance of k units shows up as
 * (k-1)/k of itself); with three seeds the part between seeds is a rough guess. Draws are a function of (seed,
 * resample, position): equal input gives equal bytes.
 */
import { Draws } from "./draws.ts";

export interface BootstrapOptions {
  /** Seed of the draws, a non-negative safe integer. */
  readonly seed: number;
  /** Number of resamples; 2,000 unless given. */
  readonly resamples?: number;
  /** Coverage; 0.95 unless given. */
  readonly level?: number;
  /** The cluster of each prompt, in the prompts' order; without it every prompt stands for itself. */
  readonly clusters?: readonly string[];
  /** Shared by intervals that are computed together, to save drawing again. */
  readonly draws?: Draws;
}

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The ends of a 95 % interval then move by about 0.06 standard errors from one seed of the draws to the next. */
const DEFAULT_RESAMPLES = 2_000;
const DEFAULT_LEVEL = 0.95;
const PROMPT_DRAWS = 1;
const SEED_DRAWS = 2;

/** The units that are drawn together: prompts, or clusters of prompts. */
interface Units {
  /** totals[s][u]: sum of run s's scores over unit u. */
  readonly totals: readonly Float64Array[];
  /** Number of prompts of each unit. */
  readonly sizes: Float64Array;
}

function checkInput(scoresBySeed: readonly (readonly number[])[], options: BootstrapOptions): void {
  const prompts = scoresBySeed[0]?.length ?? 0;
  if (prompts === 0) throw new RangeError("there are no scores to resample; an interval needs at least one prompt");
  for (const [run, scores] of scoresBySeed.entries()) {
    if (scores.length !== prompts) {
      throw new RangeError(
        `run ${run} has ${scores.length} scores and run 0 ${prompts}; all runs must answer the same prompts`,
      );
    }
    const broken = scores.findIndex((score) => !Number.isFinite(score));
    if (broken >= 0)
      throw new RangeError(`score ${broken} of run ${run} is ${scores[broken]}; scores must be finite numbers`);
  }
  if (options.clusters !== undefined && options.clusters.length !== prompts) {
    throw new RangeError(`clusters has ${options.clusters.length} entries for ${prompts} prompts; it needs one each`);
  }
  const { seed, resamples = DEFAULT_RESAMPLES, level = DEFAULT_LEVEL } = options;
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed is ${seed}; it must be a non-negative integer`);
  if (!Number.isSafeInteger(resamples) || resamples < 1) {
    throw new RangeError(`resamples is ${resamples}; it must be a positive integer`);
  }
  if (!(level > 0 && level < 1)) throw new RangeError(`level is ${level}; it must lie between 0 and 1, e.g. 0.95`);
}

function makeUnits(scoresBySeed: readonly (readonly number[])[], clusters: readonly string[] | undefined): Units {
  if (clusters === undefined) {
    const totals = scoresBySeed.map((scores) => Float64Array.from(scores));
    return { totals, sizes: new Float64Array((totals[0] as Float64Array).length).fill(1) };
  }
  const unitOf = new Map([...new Set(clusters)].map((name, unit) => [name, unit]));
  const sizes = new Float64Array(unitOf.size);
  const totals = scoresBySeed.map(() => new Float64Array(unitOf.size));
  for (const [prompt, name] of clusters.entries()) {
    const unit = unitOf.get(name) as number;
    sizes[unit] = (sizes[unit] as number) + 1;
    for (const [run, total] of totals.entries()) {
      total[unit] = (total[unit] as number) + ((scoresBySeed[run] as readonly number[])[prompt] as number);
    }
  }
  return { totals, sizes };
}

/** Quantile of sorted values with linear interpolation between neighbours (Hyndman and Fan's type 7). */
export function quantile(sorted: ArrayLike<number>, probability: number): number {
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (position - below);
}

function sumAt(values: Float64Array, indices: Uint32Array): number {
  let sum = 0;
  for (const index of indices) sum += values[index] as number;
  return sum;
}

function resampledMeans({ totals, sizes }: Units, seed: number, resamples: number, draws: Draws): Float64Array {
  const drawnUnits = draws.resamples(sizes.length, seed, PROMPT_DRAWS, resamples);
  const drawnRuns = draws.resamples(totals.length, seed, SEED_DRAWS, resamples);
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    const units = drawnUnits(resample);
    const runs = drawnRuns(resample);
    const size = sumAt(sizes, units);
    let sum = 0;
    for (const run of runs) sum += sumAt(totals[run] as Float64Array, units) / size;
    means[resample] = sum / runs.length;
  }
  return means;
}

/**
 * Interval of the mean score pooled over training runs.
 *
 * @param scoresBySeed scoresBySeed[s][i]: score of run s on prompt i; the same prompts, in the same order, for all.
 */
export function bootstrapPooledMean(scoresBySeed: readonly (readonly number[])[], options: BootstrapOptions): Interval {
  checkInput(scoresBySeed, options);
  const { seed, resamples = DEFAULT_RESAMPLES, level = DEFAULT_LEVEL, draws = new Draws() } = options;
  const means = resampledMeans(makeUnits(scoresBySeed, options.clusters), seed, resamples, draws).sort();
  const all = scoresBySeed.flat();
  return {
    mean: all.reduce((sum, score) => sum + score, 0) / all.length,
    low: quantile(means, (1 - level) / 2),
    high: quantile(means, (1 + level) / 2),
  };
}

/** Interval of the mean score of one training run over prompts (or clusters of prompts). */
export function bootstrapMean(scores: readonly number[], options: BootstrapOptions): Interval {
  return bootstrapPooledMean([scores], options);
}
