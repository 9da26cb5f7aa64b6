import { expect, it } from "vitest";
import { aggregateSamples } from "./aggregate-samples.ts";

const read = (score: number) => ({ score, failure: null });

it("averages the samples that could be read and counts the others", () => {
  const samples = [read(4), { score: null, failure: "cut_off" }, read(1), { score: null, failure: "cut_off" }] as const;
  expect(aggregateSamples(samples)).toEqual({
    mean: 2.5,
    variance: 2.25,
    samples: 4,
    parsed: 2,
    failures: { cut_off: 2 },
  });
});

it("has no mean where nothing could be read: a failure is not a zero", () => {
  const samples = [
    { score: null, failure: "no_mention" },
    { score: null, failure: "prompt_too_long" },
  ] as const;
  const failures = { no_mention: 1, prompt_too_long: 1 };
  expect(aggregateSamples(samples)).toEqual({ mean: null, variance: null, samples: 2, parsed: 0, failures });
  expect(aggregateSamples([])).toEqual({ mean: null, variance: null, samples: 0, parsed: 0, failures: {} });
});

it("has no variance in one sample or in equal ones", () => {
  expect(aggregateSamples([read(3.5)])).toMatchObject({ mean: 3.5, variance: 0 });
  expect(aggregateSamples([read(0), read(0), read(0)])).toMatchObject({ mean: 0, variance: 0 });
});
