import { orchestration } from "@srlm/contracts";
import { expect, it } from "vitest";
import { MemoryOutput } from "../testing/memory-output.ts";
import { JsonProgress } from "./json-progress.ts";
import { LineProgress } from "./line-progress.ts";
import { duration } from "./stage-view.ts";

const { PENDING, RUNNING, SUCCEEDED, FAILED, SKIPPED } = orchestration.StageState;

function run(...stages: Partial<orchestration.Stage>[]): orchestration.Run {
  return orchestration.Run.fromPartial({ name: "runs/1", title: "t", stages });
}

function at(name: string, done: number): Partial<orchestration.Stage> {
  return { name, state: RUNNING, progress: { done, total: 100, unit: "steps", gauges: { loss: 1.2345 } } };
}

const ended = {
  name: "M1/training",
  state: SUCCEEDED,
  startTime: new Date(0),
  endTime: new Date(8100),
  metrics: { final_loss: 0.4321 },
};

it("prints each stage once when it ends, with what came of it", () => {
  const output = new MemoryOutput();
  const progress = new LineProgress(output);
  progress.begin(11, "smoke");
  progress.update(run(ended, { name: "M2", state: PENDING }));
  progress.update(run(ended, { name: "M2", state: SKIPPED }));
  const error = { code: 3, reason: "BAD", message: "is bad" };
  progress.update(run(ended, { name: "M2", state: SKIPPED }, { name: "M3", state: FAILED, error }));
  expect(output.stderr.split("\n")).toEqual([
    "smoke, seed 11",
    "  M1/training  done        8.1 s  final loss 0.432",
    "  M2           skipped: the loop stopped before it",
    "  M3           FAILED  BAD: is bad",
    "",
  ]);
});

it("does not flood a log: a stage speaks after ten seconds and a tenth of its work", () => {
  const output = new MemoryOutput();
  let now = 0;
  const progress = new LineProgress(output, () => now);
  for (let done = 0; done <= 100; done++) {
    progress.update(run(at("M1/training", done)));
    now += 300;
  }
  const lines = output.stderr.split("\n");
  expect(lines[0]).toBe("  M1/training  34/100 steps, loss 1.23");
  expect(lines).toHaveLength(3);
});

it("rewrites one line of a terminal, no wider than it, and clears it at the end", () => {
  const output = new MemoryOutput({ isTerminal: true, columns: 40 });
  const progress = new LineProgress(output);
  progress.update(run(at("M1/training", 10), at("baseline/training", 20)));
  progress.update(run(at("M1/training", 11), at("baseline/training", 20)));
  progress.end();
  const parts = output.stderr.split("\r\x1b[2K");
  expect(parts).toHaveLength(3);
  expect(parts[0]).toBe("  [0/2] M1/training 10/100 steps, loss…");
  expect(parts[2]).toBe("");
  for (const part of parts) expect(part.length).toBeLessThan(40);
});

it("tells machines of each change once, one JSON object a line", () => {
  const output = new MemoryOutput();
  const progress = new JsonProgress(output);
  progress.begin(11, "smoke");
  progress.update(run(at("M1/training", 10), { name: "M2", state: PENDING }));
  progress.update(run(at("M1/training", 10)));
  progress.update(run(ended));
  const events = output.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  expect(events).toEqual([
    { event: "run", name: "runs/1", seed: 11, title: "smoke" },
    {
      event: "stage",
      stage: "M1/training",
      state: "RUNNING",
      done: 10,
      total: 100,
      unit: "steps",
      gauges: { loss: 1.2345 },
    },
    { event: "stage", stage: "M1/training", state: "SUCCEEDED", metrics: { final_loss: 0.4321 } },
  ]);
  expect(output.stderr).toBe("");
});

it.each([
  [900, "0.9 s"],
  [59_000, "59.0 s"],
  [245_000, "4 min 05 s"],
])("says %i ms as %s", (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});
