import type { Report } from "@srlm/orchestration";
import { ABSENT, winTieLoss, words } from "./format-figures.ts";
import type { Section, Table } from "./table.ts";

const REWARD_MODELLING = {
  pairwise_accuracy: "pairwise",
  best_5: "5-best",
  exact_match: "exact",
  spearman: "Spearman",
  kendall_tau: "Kendall",
} as const;

function headToHead(found: Report["paper"]["head_to_head"]): Table[] {
  if (found.length === 0) return [];
  const splits = [...new Set(found.flatMap(({ ours }) => Object.keys(ours)))];
  return [
    {
      caption: "head to head, win/tie/loss %",
      columns: ["models", "paper", ...splits.map(words)],
      rows: found.map(({ a, b, paper, ours }) => [
        `${a} - ${b}`,
        winTieLoss(paper),
        ...splits.map((split) => (ours[split] === undefined ? ABSENT : winTieLoss(ours[split]))),
      ]),
    },
  ];
}

function rewardModelling(found: Report["paper"]["reward_modelling"]): Table[] {
  if (found.length === 0) return [];
  const names = Object.keys(REWARD_MODELLING) as (keyof typeof REWARD_MODELLING)[];
  const cells = (metrics: Readonly<Record<string, number>>) => names.map((name) => metrics[name]?.toFixed(3) ?? ABSENT);
  return [
    {
      caption: "agreement of judges with rankings",
      columns: ["model", "of", ...names.map((name) => REWARD_MODELLING[name])],
      rows: found.flatMap(({ model, paper, ours }) => [
        [model, "paper", ...cells(paper)],
        ...Object.entries(ours).map(([split, own]) => [model, words(split), ...cells(own)]),
      ]),
    },
  ];
}

function pairs(found: Report["paper"]["pairs"]): Table[] {
  if (found.length === 0) return [];
  return [
    {
      caption: "preference pairs of a round",
      columns: ["model", "paper", "ours"],
      rows: found.map(({ model, paper, ours }) => [model, String(paper), String(ours)]),
    },
  ];
}

/** The paper's own figures beside ours, where the same quantity exists. */
export function paperSection(paper: Report["paper"]): Section {
  const tables = [...headToHead(paper.head_to_head), ...rewardModelling(paper.reward_modelling), ...pairs(paper.pairs)];
  return {
    title: "Beside the paper",
    notes: [
      "Self-Rewarding Language Models (arXiv 2401.10020): Llama 2 70B, other data, GPT-4 as judge of head to head. To be compared in kind, not in size.",
    ],
    tables,
  };
}
