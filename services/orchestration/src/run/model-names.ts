/** Names of models, and what a run makes of a configuration: M0, baseline, M1, then one round of DPO for each more. */
import type { Config } from "../config/schema.ts";

export const BASELINE = "baseline";

/** `M2` of round 2, the first round of DPO. */
export function modelOfRound(round: number): string {
  return `M${round}`;
}

/** The control of that round, trained on permuted scores. */
export function shuffledOfRound(round: number): string {
  return `M${round} shuffled`;
}

/** Rounds of DPO by number: 2 and 3 for two iterations. */
export function rounds(config: Pick<Config, "max_iterations">): number[] {
  return Array.from({ length: config.max_iterations }, (_, i) => i + 2);
}

/** Every model of a run that stops at `max_iterations`, in the order of reports. */
export function modelNames(config: Pick<Config, "max_iterations" | "baseline" | "controls">): string[] {
  const loop = rounds(config);
  return [
    "M0",
    ...(config.baseline.enabled ? [BASELINE] : []),
    "M1",
    ...loop.map(modelOfRound),
    ...(config.controls.shuffled ? loop.map(shuffledOfRound) : []),
  ];
}
