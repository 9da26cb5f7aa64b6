/** The sections of a report, the same for the terminal and for the page. */
import type { CheckedClaim, Difference, ModelResult, PooledReport, Report } from "@srlm/orchestration";
import { contradictions } from "./contradictions.ts";
import { ABSENT, difference, figure, interval, percent, score, winTieLossOf, words } from "./format-figures.ts";
import { paperSection } from "./paper-section.ts";
import { roundsSection } from "./rounds-section.ts";
import type { Section, Table } from "./table.ts";

export type AnyReport = Report | PooledReport;

export function isPooled(report: AnyReport): report is PooledReport {
  return "seeds" in report;
}

function splitsOf(models: readonly ModelResult[], part: "splits" | "judge"): string[] {
  return [...new Set(models.flatMap((model) => Object.keys(model[part])))].sort();
}

function outcome(holds: boolean | null): string {
  return holds === null ? "not measured" : holds ? "holds" : "does not hold";
}

function claimRows({ claim, holds, splits }: CheckedClaim): string[][] {
  if (splits.length === 0) return [[claim, ABSENT, ABSENT, outcome(holds)]];
  return splits.map((split) => [claim, words(split.split), difference(split.difference), outcome(split.holds)]);
}

function claimsSection(claims: readonly CheckedClaim[]): Section[] {
  if (claims.length === 0) return [];
  const held = claims.filter(({ holds }) => holds === true).length;
  return [
    {
      title: "What the run set out to show",
      notes: [
        `${held} of ${claims.length} claims hold on every split. "Above" asks that the paired 95 % interval lies above 0, "within" that the means differ by no more.`,
      ],
      tables: [{ columns: ["claim", "split", "difference [95 %]", ""], rows: claims.flatMap(claimRows) }],
    },
  ];
}

/** `500`, or `498 to 500` where models left out prompts that did not fit their context. */
function countRange(models: readonly ModelResult[], split: string): string {
  const counts = models.flatMap(({ splits }) => splits[split]?.answers ?? []);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? String(most) : `${least} to ${most}`;
}

function scoresSection(models: readonly ModelResult[], scoredBy: string): Section {
  const tables = splitsOf(models, "splits").map((split): Table => {
    const rows = models.flatMap(({ model, splits }) => {
      const own = splits[split];
      if (own === undefined) return [];
      const grouped = own.score_clustered;
      const clustered = grouped === undefined ? ABSENT : `[${score(grouped.low)}, ${score(grouped.high)}]`;
      return [
        [
          model,
          interval(own.score),
          clustered,
          own.perfect_share === undefined ? ABSENT : percent(own.perfect_share, 0),
          percent(own.stopped_share, 0),
          own.mean_words.toFixed(1),
          percent(own.distinct_share, 0),
        ],
      ];
    });
    const columns = ["model", "score [95 %]", "by request", "perfect", "ended", "words", "distinct"];
    return { caption: `${words(split)}, ${countRange(models, split)} answers`, columns, rows };
  });
  const none = tables.length === 0 ? ["No held-out prompts were given: nothing is measured."] : [];
  return {
    title: "Scores on held-out prompts (0 to 5)",
    notes: [
      `Scored by ${scoredBy}. Intervals: bootstrap over prompts; "by request" draws prompts of one request together. "Ended": share of answers that ended by themselves.`,
      ...none,
    ],
    tables,
  };
}

function differencesSection(found: readonly Difference[]): Section[] {
  const splits = [...new Set(found.map(({ split }) => split))].sort();
  if (splits.length === 0) return [];
  return [
    {
      title: "Paired differences, and head to head",
      notes: ["Score of the first model minus score of the second, prompt by prompt."],
      tables: splits.map((split) => ({
        caption: words(split),
        columns: ["models", "difference [95 %]", "by request [95 %]", "win/tie/loss %"],
        rows: found
          .filter((one) => one.split === split)
          .map((one) => [
            `${one.a} - ${one.b}`,
            difference(one.difference),
            difference(one.difference_clustered),
            winTieLossOf(one),
          ]),
      })),
    },
  ];
}

const JUDGE_COLUMNS = {
  pairwise_accuracy: "pairwise",
  best_5: "5-best",
  exact_match: "exact",
  spearman: "Spearman",
  kendall_tau: "Kendall",
  parsed_share: "readable",
  groups: "groups",
} as const;

/** Three decimals, as the paper gives its correlations. */
function judgeFigure(name: keyof typeof JUDGE_COLUMNS, value: number | undefined): string {
  return name === "groups" || value === undefined ? figure(value) : value.toFixed(3);
}

function judgeSection(models: readonly ModelResult[], judge: Report["judge"]): Section {
  const names = Object.keys(JUDGE_COLUMNS) as (keyof typeof JUDGE_COLUMNS)[];
  return {
    title: "The models as judges",
    notes: [
      `Rubric: ${judge.rubric}. Taught by ${judge.examples} examples: ${judge.taught}`,
      "Against held-out rankings: pairs ordered as ranked; share of perfect scores given to the best answer; whole order right; rank correlations; judgements with a readable score.",
    ],
    tables: splitsOf(models, "judge").map((split) => ({
      caption: words(split),
      columns: ["model", ...names.map((name) => JUDGE_COLUMNS[name])],
      rows: models.flatMap(({ model, judge: own }) => {
        const metrics = own[split];
        return metrics === undefined ? [] : [[model, ...names.map((name) => judgeFigure(name, metrics[name]))]];
      }),
    })),
  };
}

function contradictionsSection(report: Report): Section {
  const found = contradictions(report);
  const study =
    (report.configuration as { data?: { world?: string } } | null)?.data?.world === "tiny"
      ? [
          "Not measured by this run: fine-tuning on the best answers alone, which the paper found of no use. In the study that settled the tiny world's settings it helped about as much as DPO.",
        ]
      : [];
  const none = found.length === 0 ? ["Nothing that could be compared contradicts the paper."] : [];
  return { title: "What contradicts the paper", notes: [...found, ...none, ...study], tables: [] };
}

function trainingSection({ training, data }: Report): Section[] {
  const table = (caption: string, columns: Report["data"]): Table[] => {
    const names = [...new Set(Object.values(columns).flatMap((metrics) => Object.keys(metrics)))];
    const rows = names.map((name) => [
      words(name),
      ...Object.values(columns).map((metrics) => {
        const value = metrics[name];
        return typeof value === "number" ? figure(value) : ABSENT;
      }),
    ]);
    return rows.length === 0 ? [] : [{ caption, columns: ["", ...Object.keys(columns)], rows }];
  };
  const tables = [...table("training", training), ...table("data", data)];
  return tables.length === 0 ? [] : [{ title: "Before the loop", notes: [], tables }];
}

function seedsSection(report: PooledReport): Section {
  const failed = report.seeds.filter(({ failure }) => failure !== undefined).length;
  return {
    title: "Seeds",
    notes: [
      `Run ${report.name}, ${report.seeds.length} training seeds${failed === 0 ? "" : `, of which ${failed} failed and count in no figure below`}. A seed that fails is shown, never replaced.`,
      "Pooled intervals: bootstrap over seeds, then prompts. Figures of judges are means over seeds.",
    ],
    tables: [
      {
        columns: ["seed", "outcome", "claims that hold"],
        rows: report.seeds.map(({ seed, verdict, claims = [], failure }) => [
          String(seed),
          failure === undefined ? (verdict?.code ?? ABSENT) : `FAILED ${failure.reason}`,
          claims.length === 0 ? ABSENT : `${claims.filter(({ holds }) => holds === true).length} of ${claims.length}`,
        ]),
      },
    ],
  };
}

function outcomeSection(report: Report): Section {
  const { seed, verdict } = report;
  return {
    title: "Outcome",
    notes: [
      `Run ${report.name}, seed ${seed.value} (${seed.role}), evaluation seed ${seed.evaluation}. ${verdict.code}: ${verdict.message}.`,
      `Computed by ${report.engine_fingerprints.join("; ") || "no engine"}.`,
    ],
    tables: [],
  };
}

/** The part that answers whether it worked: shown at the end of a run. */
export function headline(report: AnyReport): Section[] {
  const first = isPooled(report) ? [seedsSection(report)] : [outcomeSection(report)];
  return [
    ...first,
    ...claimsSection(report.claims),
    scoresSection(report.models, report.scored_by),
    ...differencesSection(report.differences),
  ];
}

/** All sections. */
export function allSections(report: AnyReport): Section[] {
  const judge = judgeSection(report.models, report.judge);
  if (isPooled(report)) return [...headline(report), judge];
  return [
    ...headline(report),
    judge,
    roundsSection(report.rounds),
    ...trainingSection(report),
    paperSection(report.paper),
    contradictionsSection(report),
  ];
}
