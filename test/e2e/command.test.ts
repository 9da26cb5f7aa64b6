/** The built command as a user runs it: processes, signals, exit codes. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assertBuilt, MINUTE_OVERRIDES, SMOKE, srlm, startCommand, startSrlm } from "./support.ts";

const RUN_MS = 180_000;

let folder: string;
beforeAll(() => {
  assertBuilt();
  folder = mkdtempSync(join(tmpdir(), "srlm-command-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

it("is there as npx srlm", async () => {
  const { code, stdout } = await startCommand("npx", ["srlm", "--version"]).ended;
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(code).toBe(0);
});

it("says in one line what is wrong, on standard error, and ends with 2", async () => {
  const { code, stdout, stderr } = await srlm("run", SMOKE, "--set", "sft.stepz=3");
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain('sft.stepz: unknown key; did you mean "steps"?');
});

it(
  "stops at Ctrl-C, refuses another process meanwhile, goes on where it was, and ends with a named verdict",
  async () => {
    const out = join(folder, "run");
    const args = ["run", SMOKE, "--out", out, ...MINUTE_OVERRIDES];
    const first = startSrlm(...args);
    await first.seen(/M0\/training +done/);
    const beside = await srlm("resume", out);
    expect(beside.code).toBe(2);
    expect(beside.stderr).toMatch(/process \d+ uses the store in/);
    first.interrupt("SIGINT");
    const stopped = await first.ended;
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain(`srlm resume ${out}`);
    expect(existsSync(join(out, "report.json"))).toBe(false);

    const other = await srlm(...args, "--set", "dpo.beta=0.3");
    expect([other.code, other.stderr.includes("another configuration")]).toEqual([2, true]);

    const resumed = await srlm(...args);
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringContaining("unfinished: going on with it")]);
    expect(resumed.stdout).toContain("NO_PAIRS");
    for (const name of ["report.json", "report.html", "timings.json"]) expect(existsSync(join(out, name))).toBe(true);
    const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8")) as { verdict: { message: string } };
    expect(report.verdict.message).toMatch(/round 2: 0 pairs: \d+ of \d+ answers have no readable score/);

    const finished = await srlm(...args);
    expect([finished.code, finished.stderr]).toEqual([0, expect.stringContaining("has ended already")]);
    expect(finished.stdout).toContain("NO_PAIRS");
  },
  RUN_MS,
);

it(
  "runs several seeds, tells machines of them, and pools what they measured",
  async () => {
    const out = join(folder, "seeds");
    const seeds = ["--set", "seeds.reporting=[21,22]", "--seeds", "2", "--json"];
    const { code, stdout } = await srlm("run", SMOKE, "--out", out, ...MINUTE_OVERRIDES, ...seeds);
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string; seed?: number });
    expect(events.filter(({ event }) => event === "run").map(({ seed }) => seed)).toEqual([21, 22]);
    expect(events.at(-1)).toEqual({ event: "end", state: "SUCCEEDED", report: join(out, "report.json"), failed: [] });
    for (const seed of [21, 22]) expect(existsSync(join(out, `seed-${seed}`, "report.json"))).toBe(true);
    const pooled = JSON.parse(readFileSync(join(out, "report.json"), "utf8")) as {
      seeds: { seed: number }[];
      models: { model: string; splits: Record<string, { answers: number }> }[];
    };
    expect(pooled.seeds.map(({ seed }) => seed)).toEqual([21, 22]);
    expect(pooled.models[0]?.splits["new_texts"]?.answers).toBe(8);
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("2 training seeds");
  },
  RUN_MS,
);

it(
  "ends with 1 where a run fails, says why and how to try again, and shows no result in its place",
  async () => {
    const out = join(folder, "failing");
    // No prompt of the world is a word long.
    const set = ["--set", "prompting.filters.max_length=1", "--set", "prompting.attempts_per_prompt=1"];
    const { code, stdout, stderr } = await srlm("run", SMOKE, "--out", out, ...MINUTE_OVERRIDES, ...set);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/Seed 21 failed: PROMPTS_EXHAUSTED: .*dropped_/);
    expect(stderr).toContain(`srlm resume ${out}`);
    expect(existsSync(join(out, "report.json"))).toBe(false);
    const again = await srlm("resume", out, "--json");
    expect(again.code).toBe(1);
    expect(again.stdout.trim().split("\n").at(-1)).toContain('"state":"FAILED","report":null');
  },
  RUN_MS,
);
