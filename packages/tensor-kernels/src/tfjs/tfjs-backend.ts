import type {
  AdamWOptions,
  AdamWSlot,
  AttentionSaved,
  AttentionSpec,
  Backend,
  BackendInfo,
  Dropout,
  MemoryUse,
  Tensor,
  TokenLogProbs,
  TokenTargets,
} from "../backend.ts";
import type { DecoderWeights } from "../decoder-weights.ts";
import type { KvCache, KvCacheShape } from "../kv-cache.ts";
import { adamWElements } from "../loops/adamw.ts";
import { dropoutRows } from "../loops/dropout.ts";
import { addRowSums, addScaled, addToRows, gather, scatterAdd, sumOfSquares } from "../loops/matrix.ts";
import { rmsNormRows, rmsNormRowsBackward } from "../loops/rms-norm.ts";
import { swiGluElements, swiGluElementsBackward } from "../loops/swiglu.ts";
import { attention, attentionBackward } from "./attention.ts";
import { expectIndices, expectLength, expectSameShape, expectShape } from "./checks.ts";
import { extend } from "./extend.ts";
import { HostKvCache } from "./host-kv-cache.ts";
import { accumulateTransposedTimes, times, timesTransposed } from "./products.ts";
import type { Store } from "./store.ts";
import { sizeOf, TensorPool } from "./tensor-pool.ts";
import { tokenLogProbs, tokenLogProbsBackward } from "./token-log-probs.ts";

/** The Backend on TensorFlow.js: matrix products by its kernels, the rest in loops over the tensors' memory. */
export class TfjsBackend implements Backend {
  readonly info: BackendInfo;
  private readonly pool: TensorPool;

  constructor(info: BackendInfo, store: Store) {
    this.info = info;
    this.pool = new TensorPool(store);
  }

  scope<R>(body: (keep: <X extends Tensor>(tensor: X) => X) => R): R {
    return this.pool.scope(body);
  }

  free(...tensors: Tensor[]): void {
    for (const tensor of tensors) this.pool.free(tensor);
  }

  memory(): MemoryUse {
    return this.pool.memory();
  }

  upload(data: Float32Array, shape: readonly number[]): Tensor {
    expectLength("data", data, sizeOf(shape));
    const tensor = this.pool.make([...shape]);
    this.pool.read(tensor).set(data);
    return tensor;
  }

  write(tensor: Tensor, data: Float32Array): void {
    expectLength("data", data, sizeOf(tensor.shape));
    this.writable(tensor).set(data);
  }

  download(tensor: Tensor): Float32Array {
    return this.pool.read(tensor).slice();
  }

  zeros(shape: readonly number[]): Tensor {
    const tensor = this.pool.make([...shape]);
    this.pool.read(tensor).fill(0);
    return tensor;
  }

  embedding(table: Tensor, ids: Int32Array): Tensor {
    expectIndices("ids", ids, table.shape[0]!);
    return this.gatherRows(table, ids);
  }

  embeddingBackward(gradOut: Tensor, ids: Int32Array, gradTable: Tensor): void {
    expectIndices("ids", ids, gradTable.shape[0]!);
    expectShape("gradOut", gradOut, [ids.length, gradTable.shape[1]!]);
    scatterAdd(this.writable(gradTable), this.pool.read(gradOut), ids, gradTable.shape[1]!);
  }

  gatherRows(x: Tensor, rows: Int32Array): Tensor {
    expectShape("x", x, [-1, -1]);
    expectIndices("rows", rows, x.shape[0]!);
    const out = this.pool.make([rows.length, x.shape[1]!]);
    gather(this.pool.read(out), this.pool.read(x), rows, x.shape[1]!);
    return out;
  }

  rmsNorm(x: Tensor, weight: Tensor, epsilon: number): { out: Tensor; inverseRms: Tensor } {
    expectShape("x", x, [-1, weight.shape[0]!]);
    expectShape("weight", weight, [-1]);
    const out = this.pool.make(x.shape);
    const inverseRms = this.pool.make([x.shape[0]!]);
    rmsNormRows(this.pool.read(out), this.pool.read(inverseRms), this.pool.read(x), this.pool.read(weight), epsilon);
    return { out, inverseRms };
  }

  rmsNormBackward(
    gradOut: Tensor,
    x: Tensor,
    weight: Tensor,
    inverseRms: Tensor,
    gradWeight: Tensor | undefined,
  ): Tensor {
    expectSameShape("gradOut", gradOut, x);
    expectShape("weight", weight, [x.shape[1]!]);
    expectShape("inverseRms", inverseRms, [x.shape[0]!]);
    if (gradWeight !== undefined) {
      expectSameShape("gradWeight", gradWeight, weight);
      this.pool.touch(gradWeight);
    }
    const gradX = this.pool.make(x.shape);
    rmsNormRowsBackward(
      this.pool.read(gradX),
      gradWeight && this.pool.read(gradWeight),
      this.pool.read(gradOut),
      this.pool.read(x),
      this.pool.read(weight),
      this.pool.read(inverseRms),
    );
    return gradX;
  }

  linear(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
    expectShape("x", x, [-1, -1]);
    expectShape("weight", weight, [-1, x.shape[1]!]);
    if (bias !== undefined) expectShape("bias", bias, [weight.shape[0]!]);
    const out = timesTransposed(this.pool, x, weight);
    if (bias !== undefined) addToRows(this.pool.read(out), this.pool.read(bias));
    return out;
  }

  linearBackward(
    gradOut: Tensor,
    x: Tensor,
    weight: Tensor,
    grads: { readonly weight: Tensor | undefined; readonly bias: Tensor | undefined },
  ): Tensor {
    expectShape("weight", weight, [-1, -1]);
    expectShape("x", x, [-1, weight.shape[1]!]);
    expectShape("gradOut", gradOut, [x.shape[0]!, weight.shape[0]!]);
    if (grads.weight !== undefined) {
      expectSameShape("grads.weight", grads.weight, weight);
      accumulateTransposedTimes(this.pool, grads.weight, gradOut, x);
    }
    if (grads.bias !== undefined) {
      expectShape("grads.bias", grads.bias, [weight.shape[0]!]);
      addRowSums(this.writable(grads.bias), this.pool.read(gradOut));
    }
    return times(this.pool, gradOut, weight);
  }

  attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    offsets: Int32Array,
    spec: AttentionSpec,
  ): { out: Tensor; saved: AttentionSaved } {
    return attention(this.pool, query, key, value, offsets, spec);
  }

  attentionBackward(
    gradOut: Tensor,
    saved: AttentionSaved,
    offsets: Int32Array,
    spec: AttentionSpec,
  ): { query: Tensor; key: Tensor; value: Tensor } {
    return attentionBackward(this.pool, gradOut, saved, offsets, spec);
  }

  swiGlu(gate: Tensor, up: Tensor): Tensor {
    expectSameShape("up", up, gate);
    const out = this.pool.make(gate.shape);
    swiGluElements(this.pool.read(out), this.pool.read(gate), this.pool.read(up));
    return out;
  }

  swiGluBackward(gradOut: Tensor, gate: Tensor, up: Tensor): { gate: Tensor; up: Tensor } {
    expectSameShape("up", up, gate);
    expectSameShape("gradOut", gradOut, gate);
    const grads = { gate: this.pool.make(gate.shape), up: this.pool.make(gate.shape) };
    swiGluElementsBackward(
      this.pool.read(grads.gate),
      this.pool.read(grads.up),
      this.pool.read(gradOut),
      this.pool.read(gate),
      this.pool.read(up),
    );
    return grads;
  }

  residualAdd(x: Tensor, branch: Tensor, dropout: Dropout | undefined): Tensor {
    expectSameShape("branch", branch, x);
    const out = this.pool.make(x.shape);
    const base = this.pool.read(x);
    if (dropout === undefined) {
      this.pool.read(out).set(base);
      addScaled(this.pool.read(out), this.pool.read(branch), 1);
    } else {
      expectDropout(dropout, x);
      dropoutRows(this.pool.read(out), this.pool.read(branch), base, dropout, x.shape[1]!);
    }
    return out;
  }

  residualAddBackward(gradOut: Tensor, dropout: Dropout | undefined): Tensor {
    const gradBranch = this.pool.make(gradOut.shape);
    const values = this.pool.read(gradOut);
    if (dropout === undefined) {
      this.pool.read(gradBranch).set(values);
    } else {
      expectDropout(dropout, gradOut);
      dropoutRows(this.pool.read(gradBranch), values, undefined, dropout, gradOut.shape[1]!);
    }
    return gradBranch;
  }

  tokenLogProbs(hidden: Tensor, weight: Tensor, at: TokenTargets): TokenLogProbs {
    return tokenLogProbs(this.pool, hidden, weight, at);
  }

  tokenLogProbsBackward(
    gradLogProbs: Float32Array,
    hidden: Tensor,
    weight: Tensor,
    at: TokenTargets,
    forward: TokenLogProbs,
    gradWeight: Tensor | undefined,
  ): Tensor {
    return tokenLogProbsBackward(this.pool, gradLogProbs, hidden, weight, at, forward, gradWeight);
  }

  accumulate(target: Tensor, x: Tensor, factor: number): void {
    expectSameShape("x", x, target);
    addScaled(this.writable(target), this.pool.read(x), factor);
  }

  scale(tensors: readonly Tensor[], factor: number): void {
    for (const tensor of tensors) {
      const values = this.writable(tensor);
      for (let i = 0; i < values.length; i++) values[i]! *= factor;
    }
  }

  zero(tensors: readonly Tensor[]): void {
    for (const tensor of tensors) this.writable(tensor).fill(0);
  }

  globalNorm(tensors: readonly Tensor[]): number {
    let total = 0;
    for (const tensor of tensors) total += sumOfSquares(this.pool.read(tensor));
    return Math.sqrt(total);
  }

  adamW(slots: readonly AdamWSlot[], options: AdamWOptions): void {
    for (const { value, grad, firstMoment, secondMoment, decay } of slots) {
      expectSameShape("grad", grad, value);
      expectSameShape("firstMoment", firstMoment, value);
      expectSameShape("secondMoment", secondMoment, value);
      for (const tensor of [value, firstMoment, secondMoment]) this.pool.touch(tensor);
      adamWElements(
        this.pool.read(value),
        this.pool.read(grad),
        this.pool.read(firstMoment),
        this.pool.read(secondMoment),
        decay,
        options,
      );
    }
  }

  createKvCache(shape: KvCacheShape, rows: number): KvCache {
    return new HostKvCache(shape, rows);
  }

  extend(weights: DecoderWeights, cache: KvCache, ids: Int32Array, offsets: Int32Array): Float32Array {
    if (!(cache instanceof HostKvCache)) throw new TypeError("The cache belongs to another backend");
    return extend(this, this.pool, weights, cache, ids, offsets);
  }

  /** Values for writing. Take it before other views: it may allocate. */
  private writable(tensor: Tensor): Float32Array {
    this.pool.touch(tensor);
    return this.pool.read(tensor);
  }
}

function expectDropout({ rate, rowKeys }: Dropout, x: Tensor): void {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`dropout.rate is ${rate}, expected a number in [0, 1)`);
  expectShape("x", x, [-1, -1]);
  expectLength("dropout.rowKeys", rowKeys, x.shape[0]!);
}
