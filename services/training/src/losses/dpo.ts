/**
 * Direct preference optimisation on summed log-probabilities, with an optional likelihood term.
 *
 *   d_i  = (c_i - c_ref_i) - (r_i - r_ref_i)
 *   loss = 1/P sum_i -log sigmoid(beta d_i)  +  nllWeight * (-sum_i c_i / sum_i n_i)
 *
 *   c_i, r_i          sum over the completion's tokens of log p under the policy, chosen and rejected [nats]
 *   c_ref_i, r_ref_i  the same under the reference
 *   n_i               tokens of the chosen completion;  P  pairs in the step
 *
 * Rafailov et al. 2023 (arXiv 2305.18290), eq. 7. The likelihood term is a mean over all chosen tokens of the step, as
 * TRL computes loss_type ["sigmoid", "sft"]; both means run over the whole step, so that accumulation over
 * micro-batches changes nothing. Before the first update policy equals reference, every d is 0 and the sigmoid term is ln 2.
 */

export interface DpoPair {
  /** Summed log-probabilities under the policy, nats. */
  readonly chosen: number;
  readonly rejected: number;
  /** Summed log-probabilities under the reference, nats. */
  readonly referenceChosen: number;
  readonly referenceRejected: number;
  /** Tokens of the chosen completion, EOS included. */
  readonly chosenTokens: number;
}

export interface DpoOptions {
  /** Strength of the tie to the reference; the paper uses 0.1. */
  readonly beta: number;
  readonly nllWeight: number;
}

/** Denominators of the two means: those of the whole step, where `pairs` is one of its micro-batches. */
export interface DpoTotals {
  readonly pairs: number;
  readonly chosenTokens: number;
}

export interface DpoResult {
  /** This micro-batch's share of the whole loss, and of its sigmoid term. */
  readonly loss: number;
  readonly sigmoidLoss: number;
  /** d loss / d c_i and d loss / d r_i: the same for every token of the completion, since c_i and r_i are sums. */
  readonly chosenGradients: Float64Array;
  readonly rejectedGradients: Float64Array;
  /** Its shares of: the part of pairs with d > 0; the mean of beta * d. */
  readonly accuracy: number;
  readonly margin: number;
}

/** log(1 + e^x) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

export function dpoTotals(pairs: readonly DpoPair[]): DpoTotals {
  return { pairs: pairs.length, chosenTokens: pairs.reduce((sum, pair) => sum + pair.chosenTokens, 0) };
}

/** Loss and gradients over the pairs of an optimiser step, or of a part of it. Non-finite inputs give a non-finite loss. */
export function dpoLoss(
  pairs: readonly DpoPair[],
  { beta, nllWeight }: DpoOptions,
  totals = dpoTotals(pairs),
): DpoResult {
  const chosenGradients = new Float64Array(pairs.length);
  const rejectedGradients = new Float64Array(pairs.length);
  let sigmoidLoss = 0;
  let chosenSum = 0;
  let wins = 0;
  let margin = 0;
  pairs.forEach((pair, i) => {
    const difference = pair.chosen - pair.referenceChosen - (pair.rejected - pair.referenceRejected);
    const scaled = beta * difference;
    sigmoidLoss += softplus(-scaled) / totals.pairs;
    margin += scaled / totals.pairs;
    chosenSum += pair.chosen;
    if (difference > 0) wins += 1;
    const slope = (-beta * sigmoid(-scaled)) / totals.pairs;
    chosenGradients[i] = slope - nllWeight / totals.chosenTokens;
    rejectedGradients[i] = -slope;
  });
  const loss = sigmoidLoss + (nllWeight * -chosenSum) / totals.chosenTokens;
  return { loss, sigmoidLoss, chosenGradients, rejectedGradients, accuracy: wins / totals.pairs, margin };
}
