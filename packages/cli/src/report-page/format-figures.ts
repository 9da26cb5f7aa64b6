import type { ReportInterval } from "@srlm/orchestration";

/** Shown where a figure does not exist. */
export const ABSENT = "-";

/** Decimals of scores and differences: the third is noise at some hundred prompts. */
const SCORE_DECIMALS = 2;

export function score(value: number | undefined): string {
  return value === undefined ? ABSENT : value.toFixed(SCORE_DECIMALS);
}

/** `4.61 [4.52, 4.70]`. */
export function interval(of: ReportInterval | undefined): string {
  return of === undefined ? ABSENT : `${score(of.mean)} [${score(of.low)}, ${score(of.high)}]`;
}

function signed(value: number): string {
  const text = score(value);
  return Number(text) > 0 ? `+${text}` : Number(text) === 0 ? score(0) : text;
}

/** `+0.35 [+0.30, +0.41]`. */
export function difference(of: ReportInterval | undefined): string {
  return of === undefined ? ABSENT : `${signed(of.mean)} [${signed(of.low)}, ${signed(of.high)}]`;
}

export function percent(share: number | undefined, decimals = 1): string {
  return share === undefined ? ABSENT : `${(100 * share).toFixed(decimals)} %`;
}

export function figure(value: number | undefined): string {
  if (value === undefined) return ABSENT;
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e6) return value.toFixed(size < 1 ? 4 : size < 100 ? 3 : 1);
  return value.toExponential(2);
}

/** Wins, ties and losses in per cent. */
export function winTieLoss({ win, tie, loss }: { win: number; tie: number; loss: number }): string {
  return [win, tie, loss].map((share) => share.toFixed(0)).join("/");
}

export function winTieLossOf({ wins, ties, losses }: { wins: number; ties: number; losses: number }): string {
  const all = wins + ties + losses;
  if (all === 0) return ABSENT;
  return winTieLoss({ win: (100 * wins) / all, tie: (100 * ties) / all, loss: (100 * losses) / all });
}

/** `new_texts` as `new texts`. */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}
