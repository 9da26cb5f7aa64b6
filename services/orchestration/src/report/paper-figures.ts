/**
 * Figures of Self-Rewarding Language Models (arXiv 2401.10020), tables 1 to 4, printed beside ours where the same
 * quantity exists. They are of Llama 2 70B on other data: there to be compared with in kind, not in size.
 */

/** Win, tie and loss of the first model against the second, in per cent, by GPT-4 on 256 prompts. */
export const PAPER_HEAD_TO_HEAD: readonly {
  readonly a: string;
  readonly b: string;
  readonly win: number;
  readonly tie: number;
  readonly loss: number;
}[] = [
  { a: "M1", b: "baseline", win: 30.5, tie: 38.7, loss: 30.9 },
  { a: "M2", b: "baseline", win: 49.2, tie: 36.3, loss: 14.5 },
  { a: "M3", b: "baseline", win: 62.5, tie: 27.7, loss: 9.8 },
  { a: "M2", b: "M1", win: 55.5, tie: 32.8, loss: 11.7 },
  { a: "M3", b: "M2", win: 47.7, tie: 39.8, loss: 12.5 },
  { a: "M3", b: "M1", win: 68.8, tie: 22.7, loss: 8.6 },
];

/** Agreement of each model as judge with human rankings; shares in [0, 1]. */
export const PAPER_REWARD_MODELLING: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  baseline: { pairwise_accuracy: 0.651, best_5: 0.396, exact_match: 0.101, spearman: 0.253, kendall_tau: 0.233 },
  M1: { pairwise_accuracy: 0.787, best_5: 0.415, exact_match: 0.131, spearman: 0.279, kendall_tau: 0.253 },
  M2: { pairwise_accuracy: 0.804, best_5: 0.443, exact_match: 0.143, spearman: 0.331, kendall_tau: 0.315 },
  M3: { pairwise_accuracy: 0.817, best_5: 0.432, exact_match: 0.143, spearman: 0.349, kendall_tau: 0.324 },
};

/** Preference pairs that each round of DPO had. */
export const PAPER_PAIRS: Readonly<Record<string, number>> = { M2: 3_964, M3: 6_942 };
