import { orchestration } from "@srlm/contracts";
import type { Output } from "../output.ts";
import type { Progress } from "./progress.ts";

/**
 * Progress for machines, one JSON object a line on standard output:
 *
 *     {"event":"run","name":"runs/...","title":"smoke","seed":21}
 *     {"event":"stage","stage":"M1/training","state":"RUNNING","done":12,"total":80,"unit":"steps","gauges":{...}}
 *     {"event":"stage","stage":"M1/training","state":"SUCCEEDED","metrics":{...}}
 *     {"event":"note","text":"..."}
 *
 * A stage is told of when its state or its progress has changed.
 */
export class JsonProgress implements Progress {
  readonly #output: Output;
  readonly #told = new Map<string, string>();
  #begun: { seed: number; title: string } | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  begin(seed: number, title: string): void {
    this.#told.clear();
    this.#begun = { seed, title };
  }

  update(run: orchestration.Run): void {
    if (this.#begun !== undefined) this.#write({ event: "run", name: run.name, ...this.#begun });
    this.#begun = undefined;
    for (const stage of run.stages) {
      if (stage.state === orchestration.StageState.PENDING) continue;
      const line = JSON.stringify(stageEvent(stage));
      if (this.#told.get(stage.name) === line) continue;
      this.#told.set(stage.name, line);
      this.#output.out(`${line}\n`);
    }
  }

  note(text: string): void {
    this.#write({ event: "note", text });
  }

  end(): void {}

  #write(event: object): void {
    this.#output.out(`${JSON.stringify(event)}\n`);
  }
}

const STATE_NAMES = new Map(Object.entries(orchestration.StageState).map(([name, value]) => [value as number, name]));

function stageEvent(stage: orchestration.Stage): object {
  const state = STATE_NAMES.get(stage.state);
  const base = { event: "stage", stage: stage.name, state };
  const { progress, metrics, error } = stage;
  switch (stage.state) {
    case orchestration.StageState.RUNNING:
      return { ...base, ...progress };
    case orchestration.StageState.SUCCEEDED:
      return { ...base, metrics };
    case orchestration.StageState.FAILED:
      return { ...base, error };
    default:
      return base;
  }
}
