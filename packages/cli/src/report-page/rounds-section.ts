import type { GroupedMetrics, RoundResult } from "@srlm/orchestration";
import { ABSENT, figure, words } from "./format-figures.ts";
import type { Section, Table } from "./table.ts";

/** Stages of a round in the order of their work, as report.json names them. */
const STAGES = ["prompts", "candidates", "judging", "pairing", "training"] as const;

/** `dropped: held out` for a figure inside a group. */
function flat(metrics: GroupedMetrics): Map<string, number> {
  const found = new Map<string, number>();
  for (const [name, value] of Object.entries(metrics)) {
    if (typeof value === "number") found.set(words(name), value);
    else for (const [inner, count] of Object.entries(value)) found.set(`${words(name)}: ${words(inner)}`, count);
  }
  return found;
}

function stageTable(rounds: readonly RoundResult[], stage: (typeof STAGES)[number]): Table[] {
  const own = rounds.filter((round) => round[stage] !== undefined);
  if (own.length === 0) return [];
  const columns = own.map((round) => flat(round[stage] ?? {}));
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  return [
    {
      caption: stage,
      columns: ["", ...own.map(({ model }) => model)],
      rows: names.map((name) => [
        name,
        ...columns.map((column) => (column.has(name) ? figure(column.get(name)) : ABSENT)),
      ]),
    },
  ];
}

/** Prompts, candidates, judgements, pairs and training of each round, and why the loop stopped where it did. */
export function roundsSection(rounds: readonly RoundResult[]): Section {
  const stops = rounds.flatMap(({ model, stopped }) =>
    stopped ? [`${model}: ${stopped.code}, ${stopped.message}`] : [],
  );
  const controls = rounds.some(({ control }) => control)
    ? [
        "Shuffled controls learn from the same answers with their scores permuted; a gain there would not come from judging.",
      ]
    : [];
  const none = rounds.length === 0 ? ["No round of DPO was done."] : [];
  return {
    title: "Rounds",
    notes: [...none, ...controls, ...stops],
    tables: STAGES.flatMap((stage) => stageTable(rounds, stage)),
  };
}
