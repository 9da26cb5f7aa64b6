/**
 * The forward pass of a Llama over a ragged batch of T tokens, with what its backward pass needs:
 *
 *   x_0 = embedding[ids]
 *   y_l = x_l + dropout(o(attention(q, k, v)))        q, k, v = projections of rmsNorm(x_l)
 *   x_{l+1} = y_l + dropout(down(silu(gate) up))      gate, up = projections of rmsNorm(y_l)
 *   hidden = rmsNorm(x_L)
 *
 * Legend: T tokens, D hidden width, Q = heads * head width, K = key/value heads * head width, F width of the MLP.
 * Source: Llama 2 (arXiv 2307.09288), as transformers' modeling_llama computes it. Dropout on the two residual branches
 * is not part of Llama; it is the training option of the self-rewarding paper.
 */
import type {
  AttentionSaved,
  Backend,
  DecoderLayerWeights,
  DecoderWeights,
  Dropout,
  Tensor,
} from "@srlm/tensor-kernels";

/** Ids of B sequences in one stream; sequence b is ids[offsets[b] .. offsets[b+1]-1]. */
export interface TokenStream {
  readonly ids: Int32Array;
  readonly offsets: Int32Array;
}

/** Dropout of all residual branches; each gets a stream of its own. */
export type ResidualDropout = Omit<Dropout, "stream">;

/** Tensors of one layer's forward pass that its backward pass reads. */
export interface LayerActivations {
  readonly input_TD: Tensor;
  readonly inputInverseRms_T: Tensor;
  readonly attentionInput_TD: Tensor;
  readonly attention: AttentionSaved;
  readonly attended_TQ: Tensor;
  readonly middle_TD: Tensor;
  readonly middleInverseRms_T: Tensor;
  readonly mlpInput_TD: Tensor;
  readonly gate_TF: Tensor;
  readonly up_TF: Tensor;
  readonly activated_TF: Tensor;
}

export interface LlamaActivations {
  readonly layers: readonly LayerActivations[];
  readonly last_TD: Tensor;
  readonly lastInverseRms_T: Tensor;
  /** What the output projection is applied to. */
  readonly hidden_TD: Tensor;
}

/** All activations; they belong to the scope of the call. */
export function llamaForward(
  backend: Backend,
  weights: DecoderWeights,
  { ids, offsets }: TokenStream,
  dropout?: ResidualDropout,
): LlamaActivations {
  let x_TD = backend.embedding(weights.embedding, ids);
  const layers = weights.layers.map((layer, index) => {
    const { out_TD, activations } = layerForward(backend, weights, layer, index, x_TD, offsets, dropout);
    x_TD = out_TD;
    return activations;
  });
  const { out, inverseRms } = backend.rmsNorm(x_TD, weights.finalNorm, weights.normEpsilon);
  return { layers, last_TD: x_TD, lastInverseRms_T: inverseRms, hidden_TD: out };
}

/** Only `hidden_TD`, without dropout: each layer's activations are freed before the next layer runs. */
export function llamaHidden(backend: Backend, weights: DecoderWeights, { ids, offsets }: TokenStream): Tensor {
  return backend.scope((keep) => {
    let x_TD = backend.embedding(weights.embedding, ids);
    for (const [index, layer] of weights.layers.entries()) {
      const out_TD = backend.scope((keepOut) =>
        keepOut(layerForward(backend, weights, layer, index, x_TD, offsets, undefined).out_TD),
      );
      backend.free(x_TD);
      x_TD = out_TD;
    }
    return keep(backend.rmsNorm(x_TD, weights.finalNorm, weights.normEpsilon).out);
  });
}

/** Dropout of a layer's branch: 0 attention, 1 MLP. */
export function branchDropout(dropout: ResidualDropout | undefined, layer: number, branch: 0 | 1): Dropout | undefined {
  return dropout === undefined ? undefined : { ...dropout, stream: 2 * layer + branch };
}

function layerForward(
  backend: Backend,
  { attention: spec, normEpsilon }: DecoderWeights,
  layer: DecoderLayerWeights,
  index: number,
  x_TD: Tensor,
  offsets: Int32Array,
  dropout: ResidualDropout | undefined,
): { out_TD: Tensor; activations: LayerActivations } {
  const norm1 = backend.rmsNorm(x_TD, layer.attentionNorm, normEpsilon);
  const query_TQ = backend.linear(norm1.out, layer.query.weight, layer.query.bias);
  const key_TK = backend.linear(norm1.out, layer.key.weight, layer.key.bias);
  const value_TK = backend.linear(norm1.out, layer.value.weight, layer.value.bias);
  const { out: attended_TQ, saved } = backend.attention(query_TQ, key_TK, value_TK, offsets, spec);
  const branch1_TD = backend.linear(attended_TQ, layer.output.weight, layer.output.bias);
  const middle_TD = backend.residualAdd(x_TD, branch1_TD, branchDropout(dropout, index, 0));

  const norm2 = backend.rmsNorm(middle_TD, layer.mlpNorm, normEpsilon);
  const gate_TF = backend.linear(norm2.out, layer.gate.weight, layer.gate.bias);
  const up_TF = backend.linear(norm2.out, layer.up.weight, layer.up.bias);
  const activated_TF = backend.swiGlu(gate_TF, up_TF);
  const branch2_TD = backend.linear(activated_TF, layer.down.weight, layer.down.bias);
  const out_TD = backend.residualAdd(middle_TD, branch2_TD, branchDropout(dropout, index, 1));
  return {
    out_TD,
    activations: {
      input_TD: x_TD,
      inputInverseRms_T: norm1.inverseRms,
      attentionInput_TD: norm1.out,
      attention: saved,
      attended_TQ,
      middle_TD,
      middleInverseRms_T: norm2.inverseRms,
      mlpInput_TD: norm2.out,
      gate_TF,
      up_TF,
      activated_TF,
    },
  };
}
