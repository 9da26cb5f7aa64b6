/**
 * The Backend: opaque tensors and the operations of a Llama-like model, each with a forward and a backward function.
 *
 * Legend of shapes: T tokens of a ragged batch, B sequences, D hidden width, I and O inputs and outputs of a linear
 * layer, H query heads, G key/value heads (H is a multiple of G), K width of a head, F width of the MLP, V vocabulary,
 * N selected positions. All tensors are dense and row-major.
 *
 * Rules that hold for every operation:
 * - A batch is one flat stream of T tokens and `offsets` [B+1]: sequence b is rows offsets[b] .. offsets[b+1]-1.
 *   The interface knows no padding.
 * - Integer data (ids, offsets, positions) is passed as `Int32Array`.
 * - Inputs are never modified, except those documented as accumulated or updated in place.
 * - Parameter gradients are *accumulated*: `grad += ...`. Start a step with `zero(grads)`.
 * - Calls are synchronous. Wrong shapes throw a RangeError that names the argument and both shapes.
 * - Equal inputs give equal bytes on one machine. Where `info.batchInvariant` is true, a sequence's numbers (forward,
 *   cached decoding, log-probabilities) do not depend on what else is in the batch. Gradients of parameters are sums
 *   over the batch and depend on its composition.
 */
import type { DecoderWeights } from "./decoder-weights.ts";
import type { KvCache, KvCacheShape } from "./kv-cache.ts";

export type DType = "f32" | "bf16";

/** Opaque handle of a backend's tensor. Valid until freed; using it later throws. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export type BackendName = "tensorflow" | "wasm" | "cpu";

export interface BackendInfo {
  readonly name: BackendName;
  /** Library and version that computes the matrix products, e.g. "tfjs-backend-wasm 4.22.0". */
  readonly library: string;
  /** What the products are compiled for: "simd128", "scalar", or the TensorFlow build. */
  readonly instructionSet: string;
  readonly dtype: DType;
  /** Whether a sequence's numbers are the same bits in any batch. */
  readonly batchInvariant: boolean;
  /** Bytes that tensors can occupy at most, where the backend has a fixed limit of its own. */
  readonly memoryLimitBytes: number | undefined;
  /** One line of all that may change a bit: results are comparable by bytes only within one fingerprint. */
  readonly fingerprint: string;
}

/** cos and sin of position * frequency, each [P, K/2], made once by `upload`; P is the longest usable sequence. */
export interface RotaryTable {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

export interface AttentionSpec {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Factor on the scores, usually 1/sqrt(headDim). */
  readonly scale: number;
  readonly rotary: RotaryTable;
}

/** What `attention` keeps for `attentionBackward`; its tensors belong to the scope of the forward call. */
export interface AttentionSaved {
  /** Rotated queries [T, H*K] and keys [T, G*K]. */
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly out: Tensor;
  /** log of the sum of exponentials of the scores [T, H]. */
  readonly logSumExp: Tensor;
}

/**
 * Inverted dropout by counter-based random numbers: element (t, j) is kept with probability 1 - rate and scaled by
 * 1 / (1 - rate). The mask is a function of (seed, stream, step, rowKeys[t], j) alone: it is the same in the backward
 * pass, and for any composition of batches that gives a token the same row key.
 */
export interface Dropout {
  /** In [0, 1). */
  readonly rate: number;
  readonly seed: number;
  /** Tells the places of a model apart, e.g. 2 * layer + branch. */
  readonly stream: number;
  readonly step: number;
  /** One key for each row [T], e.g. sample index * context length + position in the sample. */
  readonly rowKeys: Int32Array;
}

/** One trained tensor with its gradient and moments; all four have the same shape. */
export interface AdamWSlot {
  readonly value: Tensor;
  readonly grad: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
  /** Whether weight decay applies to this tensor. */
  readonly decay: boolean;
}

export interface AdamWOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** 1 in the first update. */
  readonly step: number;
  /** Factor on all gradients, e.g. from clipping: min(1, limit / (norm + 1e-6)). */
  readonly gradScale: number;
}

/** Log-probabilities of targets, and what the backward pass needs besides the inputs. */
export interface TokenLogProbs {
  /** log p(targets[n]) at positions[n] [N], natural logarithm. */
  readonly logProbs: Float32Array;
  /** Log of the normaliser [N]. */
  readonly logSumExp: Float32Array;
}

export interface TokenTargets {
  /** Rows of `hidden` [N]; a row may appear more than once. */
  readonly positions: Int32Array;
  /** Token ids [N] in 0..V-1. */
  readonly targets: Int32Array;
}

export interface MemoryUse {
  readonly tensors: number;
  readonly bytes: number;
}

export interface Backend {
  readonly info: BackendInfo;

  // ---- Memory -----------------------------------------------------------------------------------------------------

  /**
   * Runs `body` and frees every tensor created inside it, also when it throws, except those handed to `keep`: these
   * pass to the enclosing scope, or, where there is none, to the caller, who frees them. Scopes nest. `body` must not
   * be async.
   */
  scope<R>(body: (keep: <X extends Tensor>(tensor: X) => X) => R): R;
  /** Frees tensors before their scope ends, or those that no scope owns. Freeing twice throws. */
  free(...tensors: Tensor[]): void;
  /** Tensors alive and their bytes, caches of weights in other layouts included; key/value caches are not. */
  memory(): MemoryUse;

  /** A tensor with a copy of `data`. */
  upload(data: Float32Array, shape: readonly number[]): Tensor;
  /** Overwrites all of `tensor` (e.g. a restored parameter); `data` has its size. */
  write(tensor: Tensor, data: Float32Array): void;
  /** A copy of the values in a new array. */
  download(tensor: Tensor): Float32Array;
  zeros(shape: readonly number[]): Tensor;

  // ---- Operations of the model --------------------------------------------------------------------------------------

  /** Rows of `table` [V, D] by `ids` [T]: [T, D]. An id outside 0..V-1 throws. */
  embedding(table: Tensor, ids: Int32Array): Tensor;
  /** gradTable[ids[t]] += gradOut[t]. */
  embeddingBackward(gradOut: Tensor, ids: Int32Array, gradTable: Tensor): void;

  /** y = x * rsqrt(mean(x^2) + epsilon) * weight, for `x` [T, D], `weight` [D]. `inverseRms` [T] is for the backward. */
  rmsNorm(x: Tensor, weight: Tensor, epsilon: number): { readonly out: Tensor; readonly inverseRms: Tensor };
  /** Returns the gradient of x; accumulates that of `weight` where `gradWeight` is given. */
  rmsNormBackward(
    gradOut: Tensor,
    x: Tensor,
    weight: Tensor,
    inverseRms: Tensor,
    gradWeight: Tensor | undefined,
  ): Tensor;

  /** y = x W^T + b, for `x` [T, I], `weight` [O, I], `bias` [O]: [T, O]. */
  linear(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor;
  /** Returns the gradient of x [T, I]; accumulates those of weight and bias where they are given (else frozen). */
  linearBackward(
    gradOut: Tensor,
    x: Tensor,
    weight: Tensor,
    grads: { readonly weight: Tensor | undefined; readonly bias: Tensor | undefined },
  ): Tensor;

  /**
   * Causal attention within each sequence: rotates `query` [T, H*K] and `key` [T, G*K] by the position in the sequence
   * (rotate-half: pairs (j, j + K/2)), out = softmax(scale * q k^T) v with query head h on key/value head
   * floor(h * G / H). A sequence longer than the rotary table throws.
   */
  attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    offsets: Int32Array,
    spec: AttentionSpec,
  ): { readonly out: Tensor; readonly saved: AttentionSaved };
  /** Gradients of the unrotated query, key, and of value. Probabilities are recomputed. */
  attentionBackward(
    gradOut: Tensor,
    saved: AttentionSaved,
    offsets: Int32Array,
    spec: AttentionSpec,
  ): { readonly query: Tensor; readonly key: Tensor; readonly value: Tensor };

  /** silu(gate) * up, for tensors of one shape, silu(g) = g / (1 + exp(-g)). */
  swiGlu(gate: Tensor, up: Tensor): Tensor;
  swiGluBackward(gradOut: Tensor, gate: Tensor, up: Tensor): { readonly gate: Tensor; readonly up: Tensor };

  /** x + dropout(branch), for [T, D]; `dropout` undefined means rate 0. */
  residualAdd(x: Tensor, branch: Tensor, dropout: Dropout | undefined): Tensor;
  /** Gradient of the branch as a new tensor; that of `x` is `gradOut` itself. */
  residualAddBackward(gradOut: Tensor, dropout: Dropout | undefined): Tensor;

  /** Rows of `x` [T, D] by index: [rows.length, D]. */
  gatherRows(x: Tensor, rows: Int32Array): Tensor;

  /**
   * log softmax(hidden W^T)[target] at selected rows of `hidden` [T, D], with the output projection `weight` [V, D].
   * Works in chunks of rows: [N, V] never exists whole.
   */
  tokenLogProbs(hidden: Tensor, weight: Tensor, at: TokenTargets): TokenLogProbs;
  /**
   * `gradLogProbs` [N] is the derivative of the loss by each log-probability. Returns the gradient of `hidden` [T, D]
   * (zero in rows not selected); accumulates that of `weight` where given. Logits are recomputed.
   */
  tokenLogProbsBackward(
    gradLogProbs: Float32Array,
    hidden: Tensor,
    weight: Tensor,
    at: TokenTargets,
    forward: TokenLogProbs,
    gradWeight: Tensor | undefined,
  ): Tensor;

  // ---- Sums and updates -----------------------------------------------------------------------------------------------

  /** target += factor * x, in place. */
  accumulate(target: Tensor, x: Tensor, factor: number): void;
  /** Multiplies in place. */
  scale(tensors: readonly Tensor[], factor: number): void;
  zero(tensors: readonly Tensor[]): void;
  /** L2 norm over all elements of all tensors; not finite where any element is not. */
  globalNorm(tensors: readonly Tensor[]): number;
  /**
   * AdamW as torch.optim.AdamW: value *= 1 - learningRate * weightDecay; then, with g = gradScale * grad,
   * m = beta1 m + (1-beta1) g, v = beta2 v + (1-beta2) g^2,
   * value -= learningRate * (m / (1-beta1^step)) / (sqrt(v / (1-beta2^step)) + epsilon). Value and moments change in place.
   */
  adamW(slots: readonly AdamWSlot[], options: AdamWOptions): void;

  // ---- Decoding -------------------------------------------------------------------------------------------------------

  /** A cache of `rows` empty sequences. */
  createKvCache(shape: KvCacheShape, rows: number): KvCache;
  /**
   * Prefill and decoding step in one: appends ids[offsets[b] .. offsets[b+1]-1] (at least one) to row b of the cache,
   * runs the whole model on the new tokens of all rows, and returns the logits of each row's last token, [B, V], as a
   * new array. Appending in one piece or in several gives the same bits where the backend is batch-invariant. Works
   * in a scope of its own. Sampling is the caller's.
   */
  extend(weights: DecoderWeights, cache: KvCache, ids: Int32Array, offsets: Int32Array): Float32Array;
}
