/** Metrics against scipy's values in `metrics.json`, to 1e-9; the file's own conventions are quoted in `conventions`. */
import {
  exactMatch,
  fiveBest,
  type JudgeGroup,
  kendallTau,
  type MeanCorrelation,
  matchesExactly,
  meanCorrelation,
  pairwiseAccuracy,
  type ReadableGroup,
  readableAnswers,
  rewardModelling,
  spearman,
  winRates,
} from "@srlm/evaluation";
import { describe, expect, it } from "vitest";
import { absent, fixturesPresent, golden, unsupported } from "./fixtures.ts";

interface Correlated {
  readonly spearman: number | null;
  readonly kendall_tau_b: number | null;
  readonly pairs: number;
  readonly pairs_correct: number;
}

interface GeneralGroup extends Correlated {
  readonly scores: number[];
  readonly ranks: number[];
  readonly pairs_model_tied: number;
  readonly exact_match: boolean;
  readonly exact_match_human_ties_free: boolean;
}

interface GoldenJudgeGroup extends Correlated {
  readonly scores: (number | null)[];
  readonly ranks: number[];
  readonly failed: number;
  readonly pairs_judge_tied: number;
  readonly exact_match: boolean | null;
  readonly fives: number;
  readonly fives_best: number;
}

interface CorrelationSummary {
  readonly mean_omitting_undefined: number;
  readonly mean_undefined_as_zero: number;
  readonly undefined_groups: number;
}

interface Rate {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

interface Metrics {
  readonly groups: GeneralGroup[];
  readonly summary: Record<string, number> & { spearman: CorrelationSummary; kendall_tau_b: CorrelationSummary };
  readonly wilson: { wins: number; ties: number; losses: number; wins_only: Rate; ties_half: Rate }[];
  readonly judge_groups: GoldenJudgeGroup[];
  readonly judge_summary: Record<string, number>;
}

const TOLERANCE = 1e-9;
const CHECKED_HERE = ["conventions", "groups", "summary", "wilson", "judge_groups", "judge_summary"];
/** Similarity of prompts is the prompting service's: its own parity test reads these. */
const CHECKED_ELSEWHERE = ["rouge_l", "rouge_l_mean_f1"];

type Figure = number | boolean | null | undefined;

/** The figures that differ from their reference by the tolerance or more, each as a line: empty where all agree. */
function mismatches(rows: readonly (readonly [name: string, actual: Figure, expected: Figure])[]): string[] {
  const agrees = (actual: Figure, expected: Figure) =>
    typeof actual === "number" && typeof expected === "number"
      ? Math.abs(actual - expected) < TOLERANCE
      : actual === expected && expected !== undefined;
  return rows
    .filter(([, actual, expected]) => !agrees(actual, expected))
    .map(([name, actual, expected]) => `${name}: ${actual}, reference ${expected}`);
}

function correlationRows(group: ReadableGroup, expected: Correlated, name: string) {
  const negated = group.ranks.map((rank) => -rank);
  return [
    [`${name} spearman`, spearman(group.scores, negated), expected.spearman],
    [`${name} kendall`, kendallTau(group.scores, negated), expected.kendall_tau_b],
  ] as const;
}

function summaryRows(actual: MeanCorrelation, expected: CorrelationSummary, name: string) {
  return [
    [`${name} omitting undefined`, actual.omittingUndefined, expected.mean_omitting_undefined],
    [`${name} undefined as zero`, actual.undefinedAsZero, expected.mean_undefined_as_zero],
    [`${name} undefined groups`, actual.undefinedGroups, expected.undefined_groups],
  ] as const;
}

function pairRows(group: JudgeGroup, expected: Correlated, judgeTied: number, name: string) {
  const { pairs, correct, judgeTied: tied } = pairwiseAccuracy([group]);
  return [
    [`${name} pairs`, pairs, expected.pairs],
    [`${name} correct`, correct, expected.pairs_correct],
    [`${name} judge tied`, tied, judgeTied],
  ] as const;
}

describe.runIf(fixturesPresent)("metrics.json", () => {
  const metrics = golden<Metrics>("metrics.json");
  if (metrics === undefined) {
    absent("metrics", "no goldens/metrics.json");
    return;
  }

  it("general groups: pairs, exact match, correlations of each", () => {
    const rows = metrics.groups.flatMap((group, i) => [
      ...pairRows(group, group, group.pairs_model_tied, `group ${i}`),
      [`group ${i} exact match`, matchesExactly(group), group.exact_match] as const,
      [`group ${i} free`, matchesExactly(group, "human_ties_free"), group.exact_match_human_ties_free] as const,
      ...correlationRows(group, group, `group ${i}`),
    ]);
    expect(rows.length).toBeGreaterThan(0);
    expect(mismatches(rows)).toEqual([]);
  });

  it("general groups: summary", () => {
    const { groups, summary } = metrics;
    const pairwise = pairwiseAccuracy(groups);
    const rows = [
      ["pairs", pairwise.pairs, summary["pairs"]],
      ["over all pairs", pairwise.accuracy, summary["pairwise_accuracy_over_all_pairs"]],
      ["mean over groups", pairwise.meanOverGroups, summary["pairwise_accuracy_mean_over_groups"]],
      ["ties half", pairwise.tiesHalf, summary["pairwise_accuracy_model_ties_half"]],
      ["exact match", exactMatch(groups), summary["exact_match"]],
      ["human ties free", exactMatch(groups, "human_ties_free"), summary["exact_match_human_ties_free"]],
      ...summaryRows(meanCorrelation(groups, spearman), summary.spearman, "spearman"),
      ...summaryRows(meanCorrelation(groups, kendallTau), summary.kendall_tau_b, "kendall"),
    ] as const;
    expect(mismatches(rows)).toEqual([]);
  });

  it("judge groups: pairs, fives, exact match, correlations of each", () => {
    const rows = metrics.judge_groups.flatMap((group, i) => {
      const name = `judge group ${i}`;
      const { fives, best } = fiveBest([group]);
      const match = exactMatch([group]);
      return [
        ...pairRows(group, group, group.pairs_judge_tied, name),
        [`${name} failed`, rewardModelling([group]).failedAnswers, group.failed] as const,
        [`${name} fives`, fives, group.fives] as const,
        [`${name} fives best`, best, group.fives_best] as const,
        [`${name} exact match`, match === null ? null : match === 1, group.exact_match] as const,
        ...correlationRows(readableAnswers(group), group, name),
      ];
    });
    expect(rows.length).toBeGreaterThan(0);
    expect(mismatches(rows)).toEqual([]);
  });

  it("judge groups: summary, as the product reports it", () => {
    const actual = rewardModelling(metrics.judge_groups);
    const reported = {
      groups: actual.groups,
      usable_groups: actual.usableGroups,
      failed_answers: actual.failedAnswers,
      pairs: actual.pairs,
      pairwise_accuracy: actual.pairwiseAccuracy,
      pairs_judge_tied: actual.pairsJudgeTied,
      exact_match: actual.exactMatch,
      five_best: actual.fiveBest,
      fives: actual.fives,
      spearman: actual.spearman,
      kendall_tau_b: actual.kendallTau,
    };
    const expected = metrics.judge_summary;
    expect(Object.keys(reported).sort()).toEqual(Object.keys(expected).sort());
    expect(mismatches(Object.entries(reported).map(([name, value]) => [name, value, expected[name]]))).toEqual([]);
  });

  it("Wilson intervals of wins, and with ties as halves", () => {
    const rows = metrics.wilson.flatMap(({ wins, ties, losses, wins_only, ties_half }) => {
      const { winRate, winRateTiesHalf } = winRates(wins, ties, losses);
      return (["rate", "low", "high"] as const).flatMap((end) => [
        [`${wins}/${ties}/${losses} ${end}`, winRate?.[end], wins_only[end]] as const,
        [`${wins}/${ties}/${losses} halves ${end}`, winRateTiesHalf?.[end], ties_half[end]] as const,
      ]);
    });
    expect(rows.length).toBeGreaterThan(0);
    expect(mismatches(rows)).toEqual([]);
  });

  for (const key of Object.keys(metrics).filter((name) => ![...CHECKED_HERE, ...CHECKED_ELSEWHERE].includes(name))) {
    unsupported(`metrics.json ${key}`, "no such metric yet");
  }
});
