import type { orchestration } from "@srlm/contracts";

/** `timings.json`: all that differs between two equal runs. */
export interface Timings {
  readonly run: string;
  readonly started: string | null;
  readonly seconds: number | null;
  readonly stages: readonly {
    readonly stage: string;
    readonly kind: string;
    readonly seconds: number | null;
    /** Tokens trained on or generated; absent where the stage counts none. */
    readonly tokens?: number;
    readonly tokens_per_second?: number;
  }[];
}

function secondsBetween(start: Date | undefined, end: Date | undefined): number | null {
  return start === undefined || end === undefined ? null : (end.getTime() - start.getTime()) / 1000;
}

/** Time and throughput of each stage that ran. */
export function timings(run: orchestration.Run): Timings {
  const ran = run.stages.filter(({ startTime, endTime }) => startTime !== undefined || endTime !== undefined);
  return {
    run: run.name,
    started: run.createTime?.toISOString() ?? null,
    seconds: secondsBetween(run.createTime, run.endTime),
    stages: ran.map(({ name, kind, startTime, endTime, metrics }) => {
      const seconds = secondsBetween(startTime, endTime);
      const tokens = metrics["tokens"] ?? metrics["generated_tokens"];
      return {
        stage: name,
        kind,
        seconds,
        ...(tokens === undefined ? {} : { tokens }),
        ...(tokens === undefined || !seconds ? {} : { tokens_per_second: tokens / seconds }),
      };
    }),
  };
}
