import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCli } from "./run-cli.ts";
import { MemoryOutput } from "./testing/memory-output.ts";
import { samplePooledReport, sampleReport } from "./testing/sample-report.ts";

const CONFIGS = join(import.meta.dirname, "../../../configs");
const SMOKE = join(CONFIGS, "smoke.yaml");
const REAL_INPUT = join(CONFIGS, "real-input.yaml");

let folder: string;
let output: MemoryOutput;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "srlm-cli-"));
  output = new MemoryOutput();
});
afterEach(() => rmSync(folder, { recursive: true }));

function srlm(...args: string[]): Promise<number> {
  return runCli(args, output);
}

it("documents commands and exit statuses in its help", async () => {
  expect(await srlm("--help")).toBe(0);
  for (const word of ["run", "resume", "report", "doctor", "judge", "Exit status", "130"]) {
    expect(output.stdout).toContain(word);
  }
  output.stdout = "";
  expect(await srlm("--version")).toBe(0);
  expect(output.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it.each([
  [["frobnicate"], /unknown command 'frobnicate'/],
  [["rum", SMOKE], /Did you mean run\?/],
  [["run"], /missing required argument 'config'/],
  [["run", SMOKE, "--sead", "1"], /unknown option '--sead'[\s\S]*Did you mean one of --seeds/],
  [["run", SMOKE, "--seeds", "none"], /must be a whole number of at least 1/],
  [["run", SMOKE, "--seeds", "9"], /--seeds 9: the configuration has 1 reporting seeds \(21\)/],
  [["run", "none.yaml"], /there is no configuration none\.yaml/],
  [["run", SMOKE, "--set", "dpo.betta=1"], /dpo\.betta: unknown key; did you mean "beta"\?/],
  [["run", SMOKE, "--set", "dpo.beta=-1"], /dpo\.beta: must be greater than 0, got -1/],
  [["run", SMOKE, "--set", "nonsense"], /must be key=value/],
  [["run", REAL_INPUT, "--set", "model=/none"], /model: there is no directory \/none/],
  [["resume", "/none"], /\/none holds no run; begin one by/],
  [["report", "/none"], /there is no report/],
  [["judge", "parse", "none.jsonl"], /there is no file none\.jsonl/],
  [["judge", "parse", "x", "--format", "fancy"], /Allowed choices are additive, compact/],
])("refuses %j with status 2 and a remedy", async (args, message) => {
  expect(await srlm(...args)).toBe(2);
  expect(output.stderr).toMatch(message);
  expect(output.stderr).not.toMatch(/\n {4}at /);
  expect(output.stdout).toBe("");
});

it("leaves no folder behind where the data is broken", async () => {
  const ift = join(folder, "ift.jsonl");
  writeFileSync(ift, '{"prompt":"a","completion":"b"}\n{"prompt":\n');
  const config = join(folder, "config.yaml");
  const smoke = readFileSync(SMOKE, "utf8").replace(
    /^data:\n(?: .*\n)+/m,
    `data: { ift: ${ift}, eft: ${ift}, documents: ${ift} }\n`,
  );
  writeFileSync(config, smoke);
  const out = join(folder, "run");
  expect(await srlm("run", config, "--out", out)).toBe(2);
  expect(output.stderr).toContain("ift.jsonl:2: is not JSON");
  expect(existsSync(out)).toBe(false);
});

it("plans without starting anything: stages, memory, time and its basis", async () => {
  const out = join(folder, "run");
  expect(await srlm("run", SMOKE, "--out", out, "--dry-run", "--json", "--set", "data.counts.documents=100")).toBe(0);
  const plan = JSON.parse(output.stdout) as { stages: { stage: string; seconds: number }[]; basis: string };
  expect(plan).toMatchObject({ event: "plan", name: "smoke", seeds: [21] });
  expect(plan.stages.map(({ stage }) => stage)).toContain("M3/training");
  for (const { seconds } of plan.stages) expect(seconds).toBeGreaterThan(0);
  expect(plan.basis).toMatch(/measured just now on this machine.*GFLOP\/s/);
  expect(existsSync(out)).toBe(false);

  output.stdout = "";
  expect(await srlm("run", SMOKE, "--out", out, "--dry-run", "--set", "data.counts.documents=100")).toBe(0);
  expect(output.stdout).toMatch(/^M1\/training +\d+ steps of \d+ IFT \+ \d+ EFT/m);
  expect(output.stdout).toMatch(/Memory: model of \d+ parameters/);
  expect(output.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

it("prints a report and writes its page anew", async () => {
  writeFileSync(join(folder, "report.json"), JSON.stringify(sampleReport));
  expect(await srlm("report", folder)).toBe(0);
  expect(output.stdout).toContain("SCORES ON HELD-OUT PROMPTS");
  expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("<h1>srlm run: sample</h1>");
  output.stdout = "";
  expect(await srlm("report", folder, "--json")).toBe(0);
  expect(JSON.parse(output.stdout)).toEqual(sampleReport);
  writeFileSync(join(folder, "report.json"), JSON.stringify(samplePooledReport));
  expect(await srlm("report", folder)).toBe(0);
  writeFileSync(join(folder, "report.json"), "{}");
  expect(await srlm("report", folder)).toBe(2);
  expect(output.stderr).toContain("is no report of a run");
});

it("examines the machine, and tests the backend in use", async () => {
  expect(await srlm("doctor", "--json")).toBe(0);
  const found = JSON.parse(output.stdout) as { backends: { backend: string; used: boolean; ok: boolean }[] };
  expect(found.backends.find(({ used }) => used)?.ok).toBe(true);
  expect(found.backends.find(({ backend }) => backend === "cpu")?.ok).toBe(true);
  output.stdout = "";
  expect(await srlm("doctor")).toBe(0);
  expect(output.stdout).toMatch(/wasm +ok, self-test passed/);
});
