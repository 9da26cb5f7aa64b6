import { fillIndices } from "./counter-random.ts";

/**
 * Numbers kept at most: 128 MiB. Beyond, they are drawn anew for each interval. 10,000 resamples of the 500 prompts of a
 * split are 5 million.
 */
const MAX_KEPT = 32 * 1024 * 1024;

/**
 * The draws of many intervals: each is a function of (seed, purpose, units, resample, position), and drawing takes
 * nearly all the time of an interval. Intervals over as many units share theirs. Changes no result.
 */
export class Draws {
  readonly #kept = new Map<string, Uint32Array>();
  #room = MAX_KEPT;

  /** The drawn units, 0 .. units-1, of a resample: valid until the next one is asked for. */
  resamples(units: number, seed: number, purpose: number, resamples: number): (resample: number) => Uint32Array {
    const all = this.#all(units, seed, purpose, resamples);
    if (all !== undefined) return (resample) => all.subarray(resample * units, (resample + 1) * units);
    const row = new Uint32Array(units);
    return (resample) => {
      fillIndices(row, units, seed, purpose, resample);
      return row;
    };
  }

  /** All draws, one resample after the other; undefined where there is no room for them. */
  #all(units: number, seed: number, purpose: number, resamples: number): Uint32Array | undefined {
    const key = [units, seed, purpose, resamples].join();
    const known = this.#kept.get(key);
    if (known !== undefined || units * resamples > this.#room) return known;
    const made = new Uint32Array(units * resamples);
    for (let resample = 0; resample < resamples; resample++) {
      fillIndices(made.subarray(resample * units, (resample + 1) * units), units, seed, purpose, resample);
    }
    this.#kept.set(key, made);
    this.#room -= made.length;
    return made;
  }
}
