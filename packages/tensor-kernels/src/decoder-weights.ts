import type { AttentionSpec, Tensor } from "./backend.ts";

/** A projection y = x W^T + b: `weight` [O, I], `bias` [O]. */
export interface LinearWeights {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
}

/** One layer: x + o(attention(q, k, v of norm(x))), then x + down(silu(gate) * up of norm(x)). */
export interface DecoderLayerWeights {
  /** [D] */
  readonly attentionNorm: Tensor;
  /** [H*K, D], [G*K, D], [G*K, D], [D, H*K] */
  readonly query: LinearWeights;
  readonly key: LinearWeights;
  readonly value: LinearWeights;
  readonly output: LinearWeights;
  /** [D] */
  readonly mlpNorm: Tensor;
  /** [F, D], [F, D], [D, F] */
  readonly gate: LinearWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
}

/** All that a backend needs to run a Llama-like decoder. Weights in the layout of Hugging Face checkpoints. */
export interface DecoderWeights {
  readonly attention: AttentionSpec;
  readonly normEpsilon: number;
  /** [V, D] */
  readonly embedding: Tensor;
  readonly layers: readonly DecoderLayerWeights[];
  /** [D] */
  readonly finalNorm: Tensor;
  /** Output projection [V, D]; the same handle as `embedding` where they are tied. */
  readonly head: Tensor;
}
