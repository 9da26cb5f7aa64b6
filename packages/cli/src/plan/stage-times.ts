import type { PlannedStage } from "@srlm/orchestration";
import type { MeasuredRates } from "./measure-rates.ts";
import type { StageWork } from "./stage-work.ts";

export interface TimedStage {
  readonly stage: PlannedStage;
  readonly work: StageWork;
  readonly seconds: number;
}

/** Starting a job, moving its artifacts, loading a model: seen of the smallest stages. */
const OVERHEAD_SECONDS = 0.5;

/** Training takes one engine; sampling is divided among all. */
export function timeStages(
  stages: readonly { readonly stage: PlannedStage; readonly work: StageWork }[],
  rates: MeasuredRates,
  engines: number,
): TimedStage[] {
  return stages.map(({ stage, work }) => ({
    stage,
    work,
    seconds:
      OVERHEAD_SECONDS +
      work.trainFlop / rates.trainFlopPerSecond +
      work.sampleFlop / (rates.sampleFlopPerSecond * engines),
  }));
}

/**
 * Time of the whole run: stages that do not wait for each other run side by side, but not more of them than engines.
 * The longest chain of stages, or all work divided among the engines, whichever is longer.
 */
export function totalSeconds(stages: readonly TimedStage[], engines: number): number {
  const ends = new Map<string, number>();
  for (const { stage, seconds } of stages) {
    const start = Math.max(0, ...stage.needs.map((need) => ends.get(need) ?? 0));
    ends.set(stage.name, start + seconds);
  }
  const longest = Math.max(0, ...ends.values());
  const work = stages.reduce((sum, { seconds }) => sum + seconds, 0);
  return Math.max(longest, work / engines);
}
