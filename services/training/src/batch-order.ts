/**
 * Which examples enter which optimiser step: a pure function of lengths, batch size, seed and step, so that a resumed
 * job goes on exactly where it was.
 *
 * Each epoch draws a new permutation. Inside windows of `windowBatches` batches examples are sorted by length, so that
 * a batch holds examples of like length (the engine never pads, but attention works on groups of equal length), and
 * the batches of a window are put into random order again.
 */

/** Uniform in [0, 1): a pure function of its counter. */
export type CounterRandom = (stream: number, index: number) => number;

/** Batches that are sorted by length together: more sort better and mix less. */
const windowBatches = 8;

/** A permutation of 0..count-1 (Fisher-Yates). */
export function permutation(count: number, random: (index: number) => number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(random(i) * (i + 1));
    const moved = order[i]!;
    order[i] = order[j]!;
    order[j] = moved;
  }
  return order;
}

export class BatchOrder {
  /** Whole batches in an epoch; the examples left over are drawn in another epoch. */
  readonly batchesPerEpoch: number;
  private readonly lengths: readonly number[];
  private readonly batchSize: number;
  private readonly random: CounterRandom;
  private cached: { readonly epoch: number; readonly batches: readonly Int32Array[] } | undefined;

  /** A batch size above the number of examples is taken as that number. */
  constructor(lengths: readonly number[], batchSize: number, random: CounterRandom) {
    if (lengths.length === 0) throw new RangeError("no examples to batch");
    this.lengths = lengths;
    this.batchSize = Math.min(batchSize, lengths.length);
    this.random = random;
    this.batchesPerEpoch = Math.floor(lengths.length / this.batchSize);
  }

  /** Indices of the examples of a step, from 0 and without end. */
  batch(step: number): Int32Array {
    const epoch = Math.floor(step / this.batchesPerEpoch);
    if (this.cached?.epoch !== epoch) this.cached = { epoch, batches: this.epochBatches(epoch) };
    return this.cached.batches[step % this.batchesPerEpoch]!;
  }

  private epochBatches(epoch: number): Int32Array[] {
    const order = permutation(this.lengths.length, (i) => this.random(2 * epoch, i));
    const used = order.subarray(0, this.batchesPerEpoch * this.batchSize);
    const batches: Int32Array[] = [];
    for (let start = 0; start < used.length; start += windowBatches * this.batchSize) {
      const window = used.slice(start, start + windowBatches * this.batchSize);
      window.sort((a, b) => this.lengths[a]! - this.lengths[b]! || a - b);
      const inWindow = window.length / this.batchSize;
      const mixed = permutation(inWindow, (i) => this.random(2 * epoch + 1, batches.length + i));
      const first = batches.length;
      for (let i = 0; i < inWindow; i += 1) {
        const at = mixed[i]! * this.batchSize;
        batches[first + i] = window.slice(at, at + this.batchSize);
      }
    }
    return batches;
  }
}
