import { pairing } from "@srlm/contracts";
import { invalidArgument } from "@srlm/service-kit";
import type { PairingCounts, PairingStrategyName } from "./build-pairs.ts";

/** The strategy that a message names; `field` is its path. */
export function strategyName(strategy: pairing.PairingStrategy, field: string): PairingStrategyName {
  switch (strategy) {
    case pairing.PairingStrategy.BEST_WORST:
      return "best_worst";
    case pairing.PairingStrategy.SHUFFLED_SCORES:
      return "shuffled";
    default:
      throw invalidArgument(
        field,
        `must be PAIRING_STRATEGY_BEST_WORST or PAIRING_STRATEGY_SHUFFLED_SCORES, got ${strategy}`,
        "PAIRING_STRATEGY_INVALID",
      );
  }
}

/** Prompts without a pair by reason, and answers left out as `answer_<reason>`; reasons that did not occur are absent. */
export function droppedCounts({ promptDrops, answerDrops }: PairingCounts): Record<string, number> {
  const answers = Object.entries(answerDrops).map(([reason, count]): [string, number] => [`answer_${reason}`, count]);
  return Object.fromEntries([...Object.entries(promptDrops), ...answers].filter(([, count]) => count > 0));
}
