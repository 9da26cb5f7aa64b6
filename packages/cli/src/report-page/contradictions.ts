/**
 * Where the run's own figures contradict the paper (arXiv 2401.10020). A statement is made where the paper's figures
 * go one way by a margin that is no rounding and ours do not; nothing is said of what was not measured.
 */
import type { Report } from "@srlm/orchestration";
import { percent, winTieLoss, words } from "./format-figures.ts";

/** In per cent: smaller differences between wins and losses are no statement of either side. */
const HEAD_TO_HEAD_MARGIN = 10;
/** Of the share of answer pairs that a judge orders rightly: one pair in a hundred. */
const ACCURACY_MARGIN = 0.01;

/** Pairwise accuracy of a judge that guesses. */
const CHANCE = 0.5;

type Paper = Pick<Report, "paper">["paper"];

function headToHead({ head_to_head: found }: Paper): string[] {
  return found.flatMap(({ a, b, paper, ours }) =>
    Object.entries(ours).flatMap(([split, own]) => {
      const theirs = paper.win - paper.loss;
      if (Math.abs(theirs) < HEAD_TO_HEAD_MARGIN || (own.win - own.loss) * Math.sign(theirs) > 0) return [];
      return [
        `${a} against ${b} (${words(split)}): ${winTieLoss(own)} win/tie/loss %, in the paper ${winTieLoss(paper)}.`,
      ];
    }),
  );
}

/** The paper's judge gets better from round to round. */
function judgeGains({ reward_modelling: found }: Paper): string[] {
  const judges = found.filter(({ model }) => /^M\d+$/.test(model));
  const [first] = judges;
  const last = judges.at(-1);
  if (first === undefined || last === undefined || first === last) return [];
  const paperGain = (last.paper["pairwise_accuracy"] ?? 0) - (first.paper["pairwise_accuracy"] ?? 0);
  if (paperGain < ACCURACY_MARGIN) return [];
  return Object.keys(last.ours).flatMap((split) => {
    const before = first.ours[split]?.["pairwise_accuracy"];
    const after = last.ours[split]?.["pairwise_accuracy"];
    if (before === undefined || after === undefined || after - before >= ACCURACY_MARGIN) return [];
    return [
      `The judge does not improve (${words(split)}): pairwise accuracy ${percent(before)} of ${first.model}, ${percent(after)} of ${last.model}; in the paper ${percent(first.paper["pairwise_accuracy"])} and ${percent(last.paper["pairwise_accuracy"])}.`,
    ];
  });
}

/** The paper's SFT baseline can judge; a small model that saw no judgement cannot. */
function baselineJudge({ reward_modelling: found }: Paper): string[] {
  const baseline = found.find(({ model }) => model === "baseline");
  if (baseline === undefined) return [];
  const theirs = baseline.paper["pairwise_accuracy"] ?? 0;
  return Object.entries(baseline.ours).flatMap(([split, own]) => {
    const accuracy = own["pairwise_accuracy"];
    if (accuracy !== undefined && accuracy >= CHANCE) return [];
    const found = accuracy === undefined ? "no judgement could be read" : `pairwise accuracy ${percent(accuracy)}`;
    return [
      `The baseline, which saw no judgements, cannot judge (${words(split)}): ${found}; in the paper pairwise accuracy ${percent(theirs)}.`,
    ];
  });
}

/** Sentences, none where nothing contradicts the paper or nothing could be compared. */
export function contradictions({ paper }: Pick<Report, "paper">): string[] {
  return [...headToHead(paper), ...judgeGains(paper), ...baselineJudge(paper)];
}
