import { describe, expect, it } from "vitest";
import { scheduleFactor } from "./schedule.ts";

describe("scheduleFactor", () => {
  it("warms up from 0 and is 1 at the end of the warm-up", () => {
    const schedule = { kind: "cosine", warmupSteps: 4, finalRatio: 0 } as const;
    expect([0, 1, 2, 3, 4].map((step) => scheduleFactor(schedule, step, 10))).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  it("ends at the final ratio, linear and cosine, and passes the middle between", () => {
    for (const kind of ["linear", "cosine"] as const) {
      const schedule = { kind, warmupSteps: 2, finalRatio: 0.2 };
      expect(scheduleFactor(schedule, 12, 12)).toBeCloseTo(0.2, 12);
      expect(scheduleFactor(schedule, 7, 12)).toBeCloseTo(0.6, 12);
    }
  });

  it("equals transformers' cosine schedule with warm-up", () => {
    // get_cosine_schedule_with_warmup(num_warmup_steps=3, num_training_steps=10) at steps 3, 4, 9
    const schedule = { kind: "cosine", warmupSteps: 3, finalRatio: 0 } as const;
    const expected = [1, 0.9504844339512095, 0.04951556604879043];
    expect([3, 4, 9].map((step) => scheduleFactor(schedule, step, 10))).toEqual(
      expected.map((x) => expect.closeTo(x, 12)),
    );
  });

  it("stays at 1 where constant, and needs no warm-up", () => {
    const schedule = { kind: "constant", warmupSteps: 0, finalRatio: 0.5 } as const;
    expect([0, 5, 9].map((step) => scheduleFactor(schedule, step, 10))).toEqual([1, 1, 1]);
  });
});
