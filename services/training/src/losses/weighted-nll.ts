/**
 * Next-token loss as a weighted mean: the loss of pre-training and of supervised fine-tuning.
 *
 *   loss = -sum_t w_t log p_t / sum_t w_t          d loss / d log p_t = -w_t / sum_t w_t
 *
 *   log p_t  log-probability of target token t given what stands before it [nats]
 *   w_t      1 on completion tokens (EOS included), prompt_loss_weight on prompt tokens after the first
 *
 * The mean runs over all targets of the step's batch, not sequence by sequence, so that accumulation over
 * micro-batches changes nothing. Weights go by position, never by token id.
 */

export interface WeightedNll {
  readonly loss: number;
  /** d loss / d log p_t, one for each target. */
  readonly gradients: Float32Array;
}

/**
 * @param logprobs log p of each target of the micro-batch, nats
 * @param weights the same length
 * @param totalWeight sum of the weights of the whole step, which may hold several micro-batches
 * @returns this micro-batch's share of the loss
 */
export function weightedNll(logprobs: Float32Array, weights: Float32Array, totalWeight: number): WeightedNll {
  const gradients = new Float32Array(logprobs.length);
  let loss = 0;
  for (let t = 0; t < logprobs.length; t += 1) {
    const share = weights[t]! / totalWeight;
    loss -= share * logprobs[t]!;
    gradients[t] = -share;
  }
  return { loss, gradients };
}
