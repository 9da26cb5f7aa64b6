import type { StepLog } from "./train-loop.ts";

/** Figures at the end of a training are means over this share of its last steps: single batches are noisy. */
const finalShare = 0.1;

/** The job's metrics, as the contract names them; `pairs` is the number of preference pairs, for DPO alone. */
export function trainingMetrics(logs: readonly StepLog[], pairs: number | undefined): Record<string, number> {
  const [first] = logs;
  if (first === undefined) return { steps: 0, tokens: 0 };
  const last = logs.slice(-Math.max(1, Math.round(logs.length * finalShare)));
  const final = (pick: (log: StepLog) => number) => last.reduce((sum, log) => sum + pick(log), 0) / last.length;
  const figure = (name: string) => (log: StepLog) => log.figures[name] ?? 0;
  const metrics = {
    steps: logs.length,
    tokens: logs.reduce((sum, { tokens }) => sum + tokens, 0),
    first_loss: first.loss,
    final_loss: final((log) => log.loss),
  };
  if (pairs === undefined) return metrics;
  return {
    ...metrics,
    pairs,
    first_sigmoid_loss: figure("sigmoid_loss")(first),
    first_margin: figure("margin")(first),
    final_margin: final(figure("margin")),
    final_accuracy: final(figure("accuracy")),
    chosen_logprob_change: final(figure("chosen_change")),
    rejected_logprob_change: final(figure("rejected_change")),
  };
}
