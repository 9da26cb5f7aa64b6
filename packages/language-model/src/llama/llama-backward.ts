/**
 * The backward pass of `llamaForward`: from the gradient of its hidden state down to the embedding, each operation's
 * backward in reverse order. With g = dL/dx_{l+1}:
 *
 *   dL/dy_l = g + rmsNorm'(gate'(g_gate) + up'(g_up)),   (g_gate, g_up) = swiGlu'(down'(dropout'(g)))
 *   dL/dx_l = dL/dy_l + rmsNorm'(q'(g_q) + k'(g_k) + v'(g_v)),   (g_q, g_k, g_v) = attention'(o'(dropout'(dL/dy_l)))
 *
 * Gradients of parameters are added to `grads`, which has the arrangement of the weights; tied embeddings are one
 * tensor there, which takes the sum of both uses. Legend of shapes: see llama-forward.ts.
 */
import type { Backend, DecoderLayerWeights, DecoderWeights, LinearWeights, Tensor } from "@srlm/tensor-kernels";
import type { DecoderParameters } from "./decoder-parameters.ts";
import {
  branchDropout,
  type LayerActivations,
  type LlamaActivations,
  type ResidualDropout,
  type TokenStream,
} from "./llama-forward.ts";

export function llamaBackward(
  backend: Backend,
  weights: DecoderWeights,
  grads: DecoderParameters,
  activations: LlamaActivations,
  gradHidden_TD: Tensor,
  { ids, offsets }: TokenStream,
  dropout?: ResidualDropout,
): void {
  const { last_TD, lastInverseRms_T } = activations;
  let grad_TD = backend.rmsNormBackward(gradHidden_TD, last_TD, weights.finalNorm, lastInverseRms_T, grads.finalNorm);
  for (let index = weights.layers.length - 1; index >= 0; index--) {
    const gradIn_TD = backend.scope((keep) =>
      keep(
        layerBackward(
          backend,
          weights,
          weights.layers[index] as DecoderLayerWeights,
          grads.layers[index] as DecoderLayerWeights,
          activations.layers[index] as LayerActivations,
          grad_TD,
          index,
          offsets,
          dropout,
        ),
      ),
    );
    backend.free(grad_TD);
    grad_TD = gradIn_TD;
  }
  backend.embeddingBackward(grad_TD, ids, grads.embedding);
}

/** Gradient of the layer's input; its other tensors are left to the caller's scope. */
function layerBackward(
  backend: Backend,
  weights: DecoderWeights,
  layer: DecoderLayerWeights,
  grads: DecoderLayerWeights,
  saved: LayerActivations,
  gradOut_TD: Tensor,
  index: number,
  offsets: Int32Array,
  dropout: ResidualDropout | undefined,
): Tensor {
  const through = (grad: Tensor, input: Tensor, linear: LinearWeights, gradients: LinearWeights) =>
    backend.linearBackward(grad, input, linear.weight, gradients);

  const gradBranch2_TD = backend.residualAddBackward(gradOut_TD, branchDropout(dropout, index, 1));
  const gradActivated_TF = through(gradBranch2_TD, saved.activated_TF, layer.down, grads.down);
  const gradMlp = backend.swiGluBackward(gradActivated_TF, saved.gate_TF, saved.up_TF);
  const gradMlpInput_TD = through(gradMlp.gate, saved.mlpInput_TD, layer.gate, grads.gate);
  backend.accumulate(gradMlpInput_TD, through(gradMlp.up, saved.mlpInput_TD, layer.up, grads.up), 1);
  const gradMiddle_TD = backend.rmsNormBackward(
    gradMlpInput_TD,
    saved.middle_TD,
    layer.mlpNorm,
    saved.middleInverseRms_T,
    grads.mlpNorm,
  );
  backend.accumulate(gradMiddle_TD, gradOut_TD, 1);

  const gradBranch1_TD = backend.residualAddBackward(gradMiddle_TD, branchDropout(dropout, index, 0));
  const gradAttended_TQ = through(gradBranch1_TD, saved.attended_TQ, layer.output, grads.output);
  const gradHeads = backend.attentionBackward(gradAttended_TQ, saved.attention, offsets, weights.attention);
  const gradAttentionInput_TD = through(gradHeads.query, saved.attentionInput_TD, layer.query, grads.query);
  backend.accumulate(gradAttentionInput_TD, through(gradHeads.key, saved.attentionInput_TD, layer.key, grads.key), 1);
  backend.accumulate(
    gradAttentionInput_TD,
    through(gradHeads.value, saved.attentionInput_TD, layer.value, grads.value),
    1,
  );
  const gradIn_TD = backend.rmsNormBackward(
    gradAttentionInput_TD,
    saved.input_TD,
    layer.attentionNorm,
    saved.inputInverseRms_T,
    grads.attentionNorm,
  );
  backend.accumulate(gradIn_TD, gradMiddle_TD, 1);
  return gradIn_TD;
}
