import { describe, expect, it } from "vitest";
import type { JobPhase, JobRecord } from "./job-record.ts";
import { type JobEvent, transition } from "./job-transition.ts";

const progress = { done: 2, total: 4, gauges: {} };
const underway = { startTime: 1, progress, shards: 4, workers: ["p/1", "p/2"] };
const error = { code: 3, reason: "BAD", message: "bad" };
const outcome = { outputs: {}, metrics: { n: 1 }, engineFingerprint: "e" };

const PHASES: JobPhase[] = [
  { state: "queued", progress },
  { state: "running", ...underway },
  { state: "cancelling", cancelTime: 2, ...underway },
  { state: "succeeded", startTime: 1, endTime: 3, progress, ...outcome },
  { state: "failed", startTime: 1, endTime: 3, progress, error },
  { state: "cancelled", startTime: 1, endTime: 3, progress },
];

const EVENTS: JobEvent[] = [
  { type: "planned", shards: 4, total: 4, worker: "p/1" },
  { type: "joined", worker: "p/3" },
  { type: "progressed", done: 3, gauges: { loss: 1 } },
  { type: "cancelRequested" },
  { type: "workerStopped", worker: "p/1" },
  { type: "workersLost", isAlive: () => false },
  { type: "succeeded", outcome },
  { type: "failed", error },
  { type: "resubmitted" },
];

const record = (phase: JobPhase): JobRecord => ({
  name: "jobs/k-0",
  kind: "k",
  requestId: "r",
  specSha256: "",
  unit: "u",
  labels: {},
  createTime: 0,
  generation: 1,
  phase,
});

/** From state and event to the next state; what is not named here changes nothing. */
const TABLE: Record<string, Record<string, string>> = {
  queued: { planned: "running", cancelRequested: "cancelled", failed: "failed" },
  running: {
    joined: "running",
    progressed: "running",
    cancelRequested: "cancelling",
    workersLost: "running",
    succeeded: "succeeded",
    failed: "failed",
  },
  cancelling: { workerStopped: "cancelling", workersLost: "cancelled" },
  succeeded: {},
  failed: { resubmitted: "queued" },
  cancelled: { resubmitted: "queued" },
};

describe.each(PHASES)("$state", (phase) => {
  it.each(EVENTS)("on $type", (event) => {
    const before = record(phase);
    const after = transition(before, event, 9);
    const expected = TABLE[phase.state]![event.type];
    expect({ changed: after !== before, state: after.phase.state }).toEqual({
      changed: expected !== undefined,
      state: expected ?? phase.state,
    });
    expect(after.generation).toBe(event.type === "resubmitted" && expected ? 2 : 1);
  });
});

it("ends a cancelled job with its last worker", () => {
  const cancelling = record({ state: "cancelling", cancelTime: 2, ...underway });
  const one = transition(cancelling, { type: "workerStopped", worker: "p/1" }, 5);
  expect(one.phase).toMatchObject({ state: "cancelling", workers: ["p/2"] });
  expect(transition(one, { type: "workerStopped", worker: "p/1" }, 6)).toBe(one);
  expect(transition(one, { type: "workerStopped", worker: "p/2" }, 7).phase).toMatchObject({
    state: "cancelled",
    endTime: 7,
  });
});

it("never takes progress back nor beyond the total", () => {
  const running = record({ state: "running", ...underway });
  const back = transition(running, { type: "progressed", done: 1, gauges: {} }, 5);
  expect(back.phase.progress.done).toBe(2);
  expect(transition(back, { type: "progressed", done: 9, gauges: {} }, 5).phase.progress.done).toBe(4);
});
