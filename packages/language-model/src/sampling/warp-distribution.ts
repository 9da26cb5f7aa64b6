/**
 * The distribution that the next token is drawn from. With logits z, in the order of transformers' generate:
 *
 *   repetition penalty r   z_i <- z_i / r if z_i > 0 else z_i r, for each id i seen before
 *   temperature T          z_i <- z_i / T
 *   top-k                  drop z_i < k-th largest z (ties with the k-th stay)
 *   top-p                  from the least likely on, drop while the dropped sum stays <= 1 - p; the likeliest stays
 *   min-p m                drop p_i < m max p
 *   p                      softmax over what is left
 *
 * Equal probabilities at top-p's edge: the lower id stays. transformers computes in f32 and this in f64, which differs
 * only in tokens that lie within rounding of an edge.
 */
import type { SamplingSettings } from "./sampling-settings.ts";

/** Unnormalised weights of the tokens that are left (0: dropped), as long as `logits`, and their sum. */
export interface WarpedDistribution {
  readonly weights: Float64Array;
  readonly total: number;
}

/**
 * `seen` holds the ids of prompt and answer so far (used by the repetition penalty alone). Temperature 0 leaves the
 * most likely token only.
 */
export function warpDistribution(
  logits: Float32Array,
  seen: Iterable<number>,
  settings: SamplingSettings,
): WarpedDistribution {
  const scores = new Float64Array(logits);
  if (settings.repetitionPenalty !== undefined) penaliseRepetition(scores, seen, settings.repetitionPenalty);
  const best = argmax(scores);
  const highest = scores[best] as number;
  if (settings.temperature === 0) {
    const weights = scores.fill(0);
    weights[best] = 1;
    return { weights, total: 1 };
  }
  const lowest = settings.topK === undefined ? Number.NEGATIVE_INFINITY : kthLargest(scores, settings.topK);
  let total = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    const weight = score < lowest ? 0 : Math.exp((score - highest) / settings.temperature);
    scores[i] = weight;
    total += weight;
  }
  if (settings.topP !== undefined && settings.topP < 1) total = keepTopP(scores, total, settings.topP);
  if (settings.minP !== undefined) total = keepMinP(scores, settings.minP);
  return { weights: scores, total };
}

/** The token at `uniform` in [0, 1) of the cumulative distribution, in the order of ids. */
export function drawToken({ weights, total }: WarpedDistribution, uniform: number): number {
  const target = uniform * total;
  let cumulative = 0;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight === 0) continue;
    cumulative += weight;
    last = i;
    if (cumulative > target) return i;
  }
  return last; // the sum here can fall short of `total` by rounding
}

/** log p of token `id` under the plain softmax of `logits`: no temperature, no filter. */
export function logProbability(logits: Float32Array, id: number): number {
  const highest = logits[argmax(logits)] as number;
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp((logits[i] as number) - highest);
  return (logits[id] as number) - highest - Math.log(total);
}

function argmax(values: Float32Array | Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

function penaliseRepetition(scores: Float64Array, seen: Iterable<number>, penalty: number): void {
  for (const id of new Set(seen)) {
    const score = scores[id] as number;
    scores[id] = score < 0 ? score * penalty : score / penalty;
  }
}

function kthLargest(values: Float64Array, k: number): number {
  if (k >= values.length) return Number.NEGATIVE_INFINITY;
  return values.slice().sort()[values.length - k] as number;
}

/** Zeroes what top-p drops; returns the sum of the rest. */
function keepTopP(weights: Float64Array, total: number, topP: number): number {
  // All weights up to this floor sum to at most (1 - p) total, so they are dropped without being sorted.
  const floor = ((1 - topP) * total) / weights.length;
  const candidates = weights.filter((weight) => weight > floor).sort();
  let rank = candidates.length - 1;
  const least = () => candidates[rank] as number;
  let kept = least();
  // The sum of the next token and of all less likely ones, as a share, is 1 - kept / total.
  while (rank > 0 && 1 - kept / total > 1 - topP) {
    rank--;
    kept += least();
  }
  // Of the tokens as likely as the least likely kept one, those of the lowest ids stay.
  let equals = candidates.subarray(rank).lastIndexOf(least()) + 1;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight < least() || (weight === least() && equals-- <= 0)) weights[i] = 0;
  }
  return kept;
}

/** Zeroes weights below `minP` times the largest; returns the sum of the rest. */
function keepMinP(weights: Float64Array, minP: number): number {
  const floor = minP * (weights[argmax(weights)] as number);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    if ((weights[i] as number) < floor) weights[i] = 0;
    total += weights[i] as number;
  }
  return total;
}
