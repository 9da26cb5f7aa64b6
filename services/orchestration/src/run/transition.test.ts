import { describe, expect, it } from "vitest";
import { type MetricsOf, newRun, REAL, succeededSnapshot, TINY, usualMetrics } from "../testing/simulated-jobs.ts";
import { effectsOf } from "./effects.ts";
import { REPORT_STAGE } from "./plan.ts";
import { type JobSnapshot, type RunState, stageOf } from "./run-state.ts";
import { createRun, type RunEvent, transition } from "./transition.ts";
import { loopVerdict } from "./verdict.ts";

const NOW = 10;

/** A small generator of random numbers (mulberry32), so that a failing order can be named by its seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function running(name: string, sequence: number): JobSnapshot {
  return {
    name: `jobs/${name}`,
    sequence,
    state: sequence === 1 ? "queued" : "running",
    engineFingerprint: "",
    outputs: {},
    metrics: {},
  };
}

/** Runs to the end in the order of the plan. */
function runInOrder(run: RunState, metricsOf?: MetricsOf): RunState {
  let state = run;
  for (let i = 0; i < 200 && state.phase.phase !== "ended"; i++) {
    const [effect] = effectsOf(state);
    if (effect === undefined) throw new Error("nothing to do, and no end");
    const job = succeededSnapshot(state, effect.stage, metricsOf);
    state = transition(state, { type: "job", stage: effect.stage.name, job }, NOW);
  }
  return state;
}

/**
 * Runs to the end while jobs end in any order, events come late, twice or never, and the process dies between any two
 * steps (the state is read back from JSON, and what was about to be done is forgotten).
 */
function runAtRandom(run: RunState, seed: number, metricsOf?: MetricsOf): RunState {
  const draw = random(seed);
  const jobs = new Map<string, { steps: number; end: JobSnapshot }>();
  const late: RunEvent[] = [];
  let state = run;
  for (let i = 0; i < 20_000 && state.phase.phase !== "ended"; i++) {
    if (draw(20) === 0) state = JSON.parse(JSON.stringify(state)) as RunState;
    const effects = effectsOf(state);
    const effect = effects[draw(Math.max(effects.length, 1))];
    if (effect?.type === "start" && !jobs.has(effect.stage.name)) {
      jobs.set(effect.stage.name, { steps: draw(4), end: succeededSnapshot(state, effect.stage, metricsOf) });
    }
    const [stage, job] = [...jobs][draw(jobs.size)] ?? [];
    if (stage === undefined || job === undefined) continue;
    const event: RunEvent =
      job.steps > 0
        ? { type: "job", stage, job: running(stage, 5 - job.steps--) }
        : { type: "job", stage, job: job.end };
    late.push(event);
    if (draw(3) !== 0) state = transition(state, event, NOW);
    const old = late[draw(late.length)];
    if (old !== undefined && draw(2) === 0) state = transition(state, old, NOW);
  }
  return state;
}

function outcome(run: RunState): unknown {
  return { stages: run.stages, phase: run.phase, verdict: loopVerdict(run) };
}

function statesOf(run: RunState): Record<string, string> {
  return Object.fromEntries(run.stages.map(({ name, status }) => [name, status.state]));
}

/** No pairs in one stage. */
function withoutPairs(stageName: string): MetricsOf {
  return ({ name, role }) =>
    name === stageName ? { prompts: 8, pairs: 0, discard_rate: 1, dropped_tie: 8 } : usualMetrics(role);
}

describe("a run", () => {
  it.each([
    ["with all its rounds", TINY, undefined],
    ["that stops in its second round", TINY, withoutPairs("M3/pairing")],
    ["that stops at once", REAL, withoutPairs("M2/pairing")],
    ["whose control has no pairs", TINY, withoutPairs("M2 shuffled/pairing")],
  ])(
    "%s comes to the same end in any order, with lost, late and repeated events, and restarts",
    (_, yaml, metricsOf) => {
      const start = createRun(newRun(yaml), 0);
      const reference = runInOrder(start, metricsOf);
      expect(reference.phase).toEqual({ phase: "ended", as: { state: "succeeded" }, at: NOW });
      for (let seed = 0; seed < 15; seed++) {
        expect(outcome(runAtRandom(start, seed, metricsOf)), `order ${seed}`).toEqual(outcome(reference));
      }
    },
  );

  it("ends with the verdict of max_iterations", () => {
    const end = runInOrder(createRun(newRun(TINY), 0));
    expect(loopVerdict(end)).toEqual({
      code: "MAX_ITERATIONS",
      message: "max_iterations reached: 2 rounds of DPO done, up to M3",
      lastModel: "M3",
    });
    expect(new Set(Object.values(statesOf(end)))).toEqual(new Set(["succeeded"]));
  });

  it("skips what a stop makes superfluous, the control of that round included, and reports all the same", () => {
    const end = runInOrder(createRun(newRun(TINY), 0), withoutPairs("M3/pairing"));
    const states = statesOf(end);
    const skipped = Object.keys(states).filter((name) => states[name] === "skipped");
    expect(skipped).toEqual([
      "M3/training",
      "M3 shuffled/sampling",
      "M3 shuffled/judging",
      "M3 shuffled/pairing",
      "M3 shuffled/training",
      "M3/evaluation",
      "M3 shuffled/evaluation",
    ]);
    expect(states[REPORT_STAGE]).toBe("succeeded");
    expect(loopVerdict(end)).toMatchObject({ code: "NO_PAIRS", lastModel: "M2" });
  });

  it("goes on without a control that has no pairs", () => {
    const states = statesOf(runInOrder(createRun(newRun(TINY), 0), withoutPairs("M2 shuffled/pairing")));
    expect(states).toMatchObject({
      "M3/training": "succeeded",
      "M2 shuffled/training": "skipped",
      "M3 shuffled/sampling": "skipped",
    });
  });

  it("starts independent stages side by side", () => {
    const first = createRun(newRun(REAL), 0);
    expect(effectsOf(first).map(({ stage }) => stage.name)).toEqual(["ift/tokenization"]);
    let tiny = createRun(newRun(TINY), 0);
    while (stageOf(tiny, "M0/training").status.state !== "succeeded") {
      for (const { stage } of effectsOf(tiny)) {
        tiny = transition(tiny, { type: "job", stage: stage.name, job: succeededSnapshot(tiny, stage) }, NOW);
      }
    }
    expect(effectsOf(tiny).map(({ stage }) => stage.name)).toEqual([
      "baseline/training",
      "M1/training",
      "M0/evaluation",
    ]);
  });

  it("returns the same object for an event that changes nothing", () => {
    const run = createRun(newRun(REAL), 0);
    const stage = "ift/tokenization";
    const next = transition(run, { type: "job", stage, job: running(stage, 3) }, NOW);
    expect(next.sequence).toBe(run.sequence + 1);
    expect(transition(next, { type: "job", stage, job: running(stage, 2) }, NOW)).toBe(next);
    expect(transition(next, { type: "job", stage: "no such", job: running(stage, 9) }, NOW)).toBe(next);
    expect(transition(next, { type: "resume" }, NOW)).toBe(next);
  });
});

describe("a run that fails or is cancelled", () => {
  const error = { code: 9, reason: "NON_FINITE_LOSS", message: "step 3" };

  function underWay(): RunState {
    let run = createRun(newRun(TINY), 0);
    while (stageOf(run, "M0/training").status.state !== "succeeded") {
      for (const { stage } of effectsOf(run)) {
        run = transition(run, { type: "job", stage: stage.name, job: succeededSnapshot(run, stage) }, NOW);
      }
    }
    run = transition(run, { type: "job", stage: "M1/training", job: running("M1/training", 3) }, NOW);
    return transition(run, { type: "job", stage: "M0/evaluation", job: running("M0/evaluation", 3) }, NOW);
  }

  function ended(stage: string, state: "failed" | "cancelled", sequence = 9): RunEvent {
    const job = { ...running(stage, sequence), state, ...(state === "failed" ? { error } : {}) };
    return { type: "job", stage, job };
  }

  it("cancels what runs, withdraws what was about to start, then ends with the first error", () => {
    let run = transition(underWay(), ended("M1/training", "failed"), NOW);
    expect(run.phase).toMatchObject({ phase: "stopping" });
    expect(effectsOf(run).map(({ type, stage }) => `${type} ${stage.name}`)).toEqual([
      "withdraw baseline/training",
      "cancel M0/evaluation",
    ]);
    run = transition(run, { type: "withdrawn", stage: "baseline/training" }, NOW);
    run = transition(run, ended("M0/evaluation", "cancelled"), NOW);
    expect(run.phase).toEqual({ phase: "ended", as: { state: "failed", error }, at: NOW });
    expect(effectsOf(run)).toEqual([]);
  });

  it("takes up a job that had started unseen before it stops", () => {
    let run = transition(underWay(), { type: "cancel" }, NOW);
    run = transition(run, { type: "job", stage: "baseline/training", job: running("baseline/training", 2) }, NOW);
    expect(effectsOf(run)).toContainEqual(
      expect.objectContaining({ type: "cancel", stage: stageOf(run, "baseline/training") }),
    );
  });

  it("resumes: puts ended jobs back, keeps what succeeded, and comes to the same end", () => {
    let run = transition(underWay(), { type: "cancel" }, NOW);
    for (const stage of ["M1/training", "M0/evaluation"]) run = transition(run, ended(stage, "cancelled"), NOW);
    run = transition(run, { type: "withdrawn", stage: "baseline/training" }, NOW);
    expect(run.phase).toEqual({ phase: "ended", as: { state: "cancelled" }, at: NOW });

    run = transition(run, { type: "resume" }, NOW);
    expect(effectsOf(run).map(({ type, stage }) => `${type} ${stage.name}`)).toEqual([
      "start baseline/training",
      "resubmit M1/training",
      "resubmit M0/evaluation",
    ]);
    // The end of the cancelled job comes once more: it is not the end of the resumed one.
    expect(transition(run, ended("M1/training", "cancelled"), NOW)).toBe(run);
    expect(outcome(runInOrder(run))).toEqual(outcome(runInOrder(createRun(newRun(TINY), 0))));
  });

  it("resumes a stage that no service would start", () => {
    const refused: RunEvent = { type: "refused", stage: "ift/tokenization", error };
    let run = transition(createRun(newRun(REAL), 0), refused, NOW);
    expect(run.phase).toMatchObject({ phase: "ended", as: { state: "failed", error } });
    run = transition(run, { type: "resume" }, NOW);
    expect(effectsOf(run).map(({ type }) => type)).toEqual(["start"]);
  });

  it("ends where it is when cancelled between two jobs", () => {
    const run = transition(createRun(newRun(REAL), 0), { type: "cancel" }, NOW);
    expect(effectsOf(run).map(({ type }) => type)).toEqual(["withdraw"]);
    const end = transition(run, { type: "withdrawn", stage: "ift/tokenization" }, NOW);
    expect(end.phase).toMatchObject({ phase: "ended", as: { state: "cancelled" } });
  });
});
