/** What is said of a stage while it works and when it ends: pure text. */
import { orchestration } from "@srlm/contracts";

type Stage = Pick<orchestration.Stage, "name" | "state" | "progress" | "metrics" | "startTime" | "endTime" | "error">;

/** Figures worth a place in one line, in this order, where a stage has them. */
const HIGHLIGHTS = ["final_loss", "kept", "candidates", "parsed_share", "mean_score", "pairs", "discard_rate"] as const;

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

/** `12.3 s`, `4 min 05 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
}

/** `120/500 steps`, with the loss where there is one. */
export function progressText({ progress }: Stage): string {
  if (progress === undefined || progress.total === 0) return "";
  const loss = progress.gauges["loss"];
  const gauge = loss === undefined ? "" : `, loss ${short(loss)}`;
  return `${Math.floor(progress.done)}/${progress.total} ${progress.unit}${gauge}`;
}

/** Share of the stage's work that is done; undefined where that is not known. */
export function doneShare({ progress }: Stage): number | undefined {
  return progress === undefined || progress.total === 0 ? undefined : progress.done / progress.total;
}

function highlights(metrics: Stage["metrics"]): string {
  const found = HIGHLIGHTS.flatMap((name) => {
    const value = metrics[name];
    return value === undefined ? [] : [`${name.replaceAll("_", " ")} ${short(value)}`];
  });
  return found.slice(0, 3).join(", ");
}

export function hasEnded({ state }: Pick<Stage, "state">): boolean {
  const { PENDING, RUNNING, UNSPECIFIED } = orchestration.StageState;
  return state !== PENDING && state !== RUNNING && state !== UNSPECIFIED;
}

/** One line on a stage that has ended: `M2/judging  done  8.1 s  mean score 3.02`. */
export function endedLine(stage: Stage, width: number): string {
  const name = stage.name.padEnd(width);
  switch (stage.state) {
    case orchestration.StageState.SKIPPED:
      return `${name}  skipped: the loop stopped before it`;
    case orchestration.StageState.FAILED:
      return `${name}  FAILED  ${stage.error?.reason ?? ""}: ${stage.error?.message ?? ""}`;
    case orchestration.StageState.CANCELLED:
      return `${name}  cancelled`;
    default: {
      const took =
        stage.startTime && stage.endTime ? duration(stage.endTime.getTime() - stage.startTime.getTime()) : "";
      return `${name}  done  ${took.padStart(11)}  ${highlights(stage.metrics)}`.trimEnd();
    }
  }
}
