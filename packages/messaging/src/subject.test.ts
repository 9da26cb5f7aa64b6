import { describe, expect, it } from "vitest";
import { BusError } from "./bus-error.ts";
import { assertKey, assertName, assertSubject, compileFilter, literalPrefix } from "./subject.ts";

describe("compileFilter", () => {
  it.each([
    ["a.b", "a.b", true],
    ["a.b", "a.b.c", false],
    ["a.*", "a.b", true],
    ["a.*", "a", false],
    ["a.*", "a.b.c", false],
    ["*.b", "a.b", true],
    ["a.*.c", "a.b.c", true],
    ["a.*.c", "a.b.d", false],
    ["a.>", "a", false],
    ["a.>", "a.b", true],
    ["a.>", "a.b.c", true],
    ["a.>", "ab.c", false],
    ["*.>", "a", false],
    ["*.>", "a.b", true],
    [">", "a", true],
    [">", "a.b.c", true],
  ])("%s on %s is %s", (filter, subject, matches) => {
    expect(compileFilter(filter)(subject)).toBe(matches);
  });

  it.each(["", "a..b", ".a", "a.", "a.>.b", "a b", "a*", "a.b>", "ä", "x".repeat(513)])("refuses %j", (filter) => {
    expect(() => compileFilter(filter)).toThrow(expect.objectContaining({ reason: "INVALID_FILTER", field: "filter" }));
  });
});

describe("names", () => {
  it("takes what NATS takes and refuses the rest, saying what was given", () => {
    expect(() => assertSubject("srlm.v1.events.jobs.done")).not.toThrow();
    expect(() => assertKey("jobs/3=x.a_b-c")).not.toThrow();
    expect(() => assertName("job_runner-1", "name")).not.toThrow();
    for (const bad of ["", "a..b", "a.*", "a.>", "a b", "a\n"]) {
      expect(() => assertSubject(bad)).toThrow(BusError);
      expect(() => assertKey(bad)).toThrow(expect.objectContaining({ reason: "INVALID_KEY", value: bad }));
    }
    for (const bad of ["", "a.b", "a/b", "..", "x".repeat(129)]) {
      expect(() => assertName(bad, "bucket")).toThrow(/^bucket must be 1 to 128/);
    }
  });
});

it("literalPrefix ends at the first wildcard", () => {
  expect(literalPrefix("jobs.ab.*.c")).toBe("jobs.ab.");
  expect(literalPrefix("jobs.ab")).toBe("jobs.ab");
  expect(literalPrefix(">")).toBe("");
});
