import type { PreferencePairRecord } from "@srlm/artifacts";
import { addPairingCounts, buildPairs, type PairingCounts } from "./build-pairs.ts";
import { droppedCounts } from "./pairing-messages.ts";

/** Sums over the pairs of a job, taken as they are written. */
export class PairingTally {
  #counts: PairingCounts = buildPairs([], { strategy: "best_worst", seed: 0 }).counts;
  #margin = 0;
  #chosenTokens = 0;
  #rejectedTokens = 0;

  count(counts: PairingCounts): void {
    this.#counts = addPairingCounts(this.#counts, counts);
  }

  add({ chosen_score, rejected_score, chosen_ids, rejected_ids }: PreferencePairRecord): void {
    this.#margin += chosen_score - rejected_score;
    this.#chosenTokens += chosen_ids.length;
    this.#rejectedTokens += rejected_ids.length;
  }

  /** As the contract names them; means are absent where there is no pair to take them over. */
  metrics(): Record<string, number> {
    const { prompts, pairs } = this.#counts;
    const dropped = Object.entries(droppedCounts(this.#counts)).map(([name, count]) => [`dropped_${name}`, count]);
    return {
      prompts,
      pairs,
      discard_rate: (prompts - pairs) / Math.max(1, prompts),
      ...Object.fromEntries(dropped),
      ...(pairs > 0 && {
        mean_margin: this.#margin / pairs,
        chosen_mean_tokens: this.#chosenTokens / pairs,
        rejected_mean_tokens: this.#rejectedTokens / pairs,
      }),
    };
  }
}
