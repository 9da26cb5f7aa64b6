/** When the loop stops, and why, in a sentence. */
import type { Config } from "../config/schema.ts";
import { modelOfRound, rounds } from "./model-names.ts";
import { sourceOfPairs } from "./plan.ts";
import { type Metrics, type RunState, succeededJob } from "./run-state.ts";

export interface Verdict {
  readonly code: "MAX_ITERATIONS" | "NO_PAIRS" | "DISCARD_RATE";
  readonly message: string;
  /** The last model that the loop made. */
  readonly lastModel: string;
}

function sumOf(metrics: Metrics, prefix: string): [string, number][] {
  return Object.entries(metrics)
    .filter(([name, value]) => name.startsWith(prefix) && value > 0)
    .map(([name, value]): [string, number] => [name.slice(prefix.length), value])
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * Why so few pairs: answers without a readable score where there are any, else what the prompts were dropped for.
 * `score_<k>` counts judged answers that have a mean.
 */
function explain(judging: Metrics, pairing: Metrics, prompting: Metrics): string {
  const judged = judging["judged"] ?? 0;
  const candidates = judging["candidates"] ?? judged;
  const scored = sumOf(judging, "score_").reduce((sum, [, value]) => sum + value, 0);
  if (judged === 0) return `no answer was judged${explainPrompts(prompting)}`;
  if (scored < judged) {
    // Identical answers are judged once; where none can be read, all candidates are without a score.
    const [without, all] = scored === 0 ? [candidates, candidates] : [judged - scored, judged];
    const failures = sumOf(judging, "failed_").map(([reason, value]) => `${reason} ${value}`);
    const reasons = failures.length === 0 ? "" : ` (judgements: ${failures.join(", ")})`;
    return `${without} of ${all} answers have no readable score${reasons}`;
  }
  const dropped = sumOf(pairing, "dropped_").filter(([reason]) => !reason.startsWith("answer_"));
  if (dropped.length === 0) return `of ${plural(pairing["prompts"] ?? 0, "prompt")}`;
  return `${plural(pairing["prompts"] ?? 0, "prompt")} dropped: ${dropped.map(([reason, value]) => `${reason} ${value}`).join(", ")}`;
}

/** What became of the round's prompts, where none was left to answer. */
function explainPrompts(prompting: Metrics): string {
  if (prompting["kept"] !== 0) return "";
  const dropped = sumOf(prompting, "dropped_").map(([reason, value]) => `${reason} ${value}`);
  return `: no prompt was left${dropped.length === 0 ? "" : ` (dropped: ${dropped.join(", ")})`}`;
}

/** Why the loop shall not train on these pairs; undefined where it shall. */
export function stopReason(
  stop: Config["stop"],
  pairing: Metrics,
  judging: Metrics,
  prompting: Metrics = {},
): Pick<Verdict, "code" | "message"> | undefined {
  const pairs = pairing["pairs"] ?? 0;
  const rate = pairing["discard_rate"] ?? 0;
  if (pairs < stop.min_pairs) {
    const wanted = stop.min_pairs > 1 ? ` (stop.min_pairs is ${stop.min_pairs})` : "";
    return { code: "NO_PAIRS", message: `${plural(pairs, "pair")}${wanted}: ${explain(judging, pairing, prompting)}` };
  }
  if (rate > stop.max_discard_rate) {
    const limit = `stop.max_discard_rate is ${stop.max_discard_rate}`;
    return {
      code: "DISCARD_RATE",
      message: `${percent(rate)} of prompts gave no pair (${limit}): ${explain(judging, pairing, prompting)}`,
    };
  }
  return undefined;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** The decision after a pairing stage; undefined where it goes on, or has not ended. */
export function stopAfterPairing(
  run: Pick<RunState, "stages" | "config">,
  round: number,
  shuffled: boolean,
): Pick<Verdict, "code" | "message"> | undefined {
  const source = sourceOfPairs(round, shuffled);
  const made = `${modelOfRound(round)}${shuffled ? " shuffled" : ""}`;
  const pairing = succeededJob(run, `${made}/pairing`);
  const judging = succeededJob(run, `${source}/judging`);
  if (pairing === undefined || judging === undefined) return undefined;
  const prompting = succeededJob(run, `${modelOfRound(round)}/prompting`);
  // A control is no loop that could stagnate: it ends only where it has nothing to learn from.
  const rule = shuffled ? { ...run.config.stop, max_discard_rate: 1 } : run.config.stop;
  return stopReason(rule, pairing.metrics, judging.metrics, prompting?.metrics);
}

/** Why the loop ended; undefined while it goes on. */
export function loopVerdict(run: Pick<RunState, "stages" | "config">): Verdict | undefined {
  const planned = rounds(run.config);
  for (const round of planned) {
    const stop = stopAfterPairing(run, round, false);
    const lastModel = modelOfRound(round - 1);
    if (stop !== undefined) return { ...stop, message: `round ${round}: ${stop.message}`, lastModel };
    if (succeededJob(run, `${modelOfRound(round)}/training`) === undefined) return undefined;
  }
  const lastModel = modelOfRound(planned.at(-1) ?? 1);
  if (succeededJob(run, `${lastModel}/training`) === undefined) return undefined;
  const made =
    planned.length === 0 ? "no round of DPO was asked for" : `${plural(planned.length, "round")} of DPO done`;
  return { code: "MAX_ITERATIONS", message: `max_iterations reached: ${made}, up to ${lastModel}`, lastModel };
}
