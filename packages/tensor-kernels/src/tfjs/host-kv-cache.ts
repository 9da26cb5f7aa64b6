import type { KvCache, KvCacheShape } from "../kv-cache.ts";

/** Tokens a row has room for at first; storage doubles when it is full. */
const FIRST_CAPACITY = 32;

interface Row {
  length: number;
  capacity: number;
  /** One array [capacity, G*K] for each layer. */
  keys: Float32Array[];
  values: Float32Array[];
}

/** Keys and values in JavaScript memory, one row of storage for each sequence: dropping and copying rows is cheap. */
export class HostKvCache implements KvCache {
  readonly shape: KvCacheShape;
  private sequences: Row[];

  constructor(shape: KvCacheShape, rows: number) {
    this.shape = shape;
    const empty = (): Float32Array[] => Array.from({ length: shape.layers }, () => new Float32Array(0));
    this.sequences = Array.from({ length: rows }, () => ({ length: 0, capacity: 0, keys: empty(), values: empty() }));
  }

  get rows(): number {
    return this.sequences.length;
  }

  lengths(): Int32Array {
    return Int32Array.from(this.sequences, (row) => row.length);
  }

  select(rows: Int32Array): void {
    const taken = new Set<Row>();
    this.sequences = Array.from(rows, (index) => {
      const row = this.sequences[index];
      if (row === undefined) throw new RangeError(`rows holds ${index}, the cache has ${this.rows} rows`);
      if (taken.has(row)) return copyOf(row);
      taken.add(row);
      return row;
    });
  }

  append(other: KvCache): void {
    if (!(other instanceof HostKvCache)) throw new TypeError("The cache belongs to another backend");
    if (other === this) throw new RangeError("A cache cannot be appended to itself");
    const { layers, kvHeads, headDim } = this.shape;
    if (other.shape.layers !== layers || other.shape.kvHeads !== kvHeads || other.shape.headDim !== headDim) {
      throw new RangeError("The caches belong to models of different shapes");
    }
    this.sequences.push(...other.sequences);
    other.sequences = [];
  }

  bytes(): number {
    const { layers, kvHeads, headDim } = this.shape;
    const perToken = 2 * layers * kvHeads * headDim * Float32Array.BYTES_PER_ELEMENT;
    return this.sequences.reduce((sum, row) => sum + row.capacity * perToken, 0);
  }

  free(): void {
    this.sequences = [];
  }

  /** Room for `added` more tokens in a row. */
  reserve(index: number, added: number): void {
    const row = this.sequences[index]!;
    const needed = row.length + added;
    if (needed <= row.capacity) return;
    const capacity = Math.max(needed, 2 * row.capacity, FIRST_CAPACITY);
    const width = this.shape.kvHeads * this.shape.headDim;
    const grow = (old: Float32Array): Float32Array => {
      const grown = new Float32Array(capacity * width);
      grown.set(old.subarray(0, row.length * width));
      return grown;
    };
    row.keys = row.keys.map(grow);
    row.values = row.values.map(grow);
    row.capacity = capacity;
  }

  layer(index: number, layer: number): { keys: Float32Array; values: Float32Array } {
    const row = this.sequences[index]!;
    return { keys: row.keys[layer]!, values: row.values[layer]! };
  }

  /** Makes tokens that were written past the end of each row part of it. */
  commit(offsets: Int32Array): void {
    for (const [b, row] of this.sequences.entries()) row.length += offsets[b + 1]! - offsets[b]!;
  }
}

function copyOf(row: Row): Row {
  const copy = (values: Float32Array): Float32Array => values.slice();
  return { length: row.length, capacity: row.capacity, keys: row.keys.map(copy), values: row.values.map(copy) };
}
