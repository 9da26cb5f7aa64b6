/** What a run of the parity tests does with a folder that lacks something, and with one that is not there. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixturesDirectory, fixturesPresent, modelNames } from "./fixtures.ts";

const root = resolve(import.meta.dirname, "../..");
const topics = ["forward", "metrics", "rouge", "sampling", "tokenizers", "training"];
const folder = mkdtempSync(join(tmpdir(), "srlm-incomplete-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly status: number | null;
  readonly output: string;
}

function runWith(fixtures: string): Promise<Run> {
  const files = topics.map((topic) => `test/parity/${topic}.test.ts`);
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.fixtures.config.ts", ...files];
  const env = { ...process.env, SRLM_FIXTURES: fixtures, SRLM_SMOLLM2: folder, NO_COLOR: "1" };
  return new Promise((settle) => {
    const child = spawn(process.execPath, vitest, { cwd: root, env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += String(data)));
    child.on("close", (status) => settle({ status, output }));
  });
}

describe("a folder with nothing in it", () => {
  let run: Run;
  beforeAll(async () => {
    run = await runWith(folder);
  });

  it("passes, with a line for each topic and for the tokenizer that is named apart", () => {
    expect(run).toMatchObject({ status: 0 });
    expect(run.output).not.toContain("ENOENT");
    expect(run.output).toContain("Absent cases: 7");
    expect(run.output).toContain("  forward: no models and no goldens/forward.json\n");
    expect(run.output).toContain("  metrics: no goldens/metrics.json\n");
  });
});

describe.runIf(fixturesPresent)("a folder that lacks a golden file and all models but one", () => {
  const kept = modelNames()[0] as string;
  let run: Run;
  beforeAll(async () => {
    const part = join(folder, "part");
    mkdirSync(join(part, "goldens"), { recursive: true });
    cpSync(join(fixturesDirectory, "models", kept), join(part, "models", kept), { recursive: true });
    for (const name of ["sampling.json", "tokenizers.json"]) {
      cpSync(join(fixturesDirectory, "goldens", name), join(part, "goldens", name));
    }
    run = await runWith(part);
  });

  it("runs what is there and lists what is not", () => {
    expect(run).toMatchObject({ status: 0 });
    expect(run.output).not.toContain("ENOENT");
    const others = modelNames().slice(1);
    for (const name of others) expect(run.output).toContain(`  tokenizer ${name}: no models/${name}\n`);
    expect(run.output).toContain(`  forward ${kept}: no goldens/forward.json\n`);
    expect(run.output).toContain(`  training ${kept}: no goldens/training.json\n`);
    expect(run.output).toContain(`Absent cases: ${others.length + 5}`);
    expect(run.output).toMatch(/Tests +(?:[1-9]\d) passed/);
  });
});

it("a named folder that is missing is an error", async () => {
  const { status, output } = await runWith(join(folder, "none"));
  expect(status).not.toBe(0);
  expect(output).toContain(`SRLM_FIXTURES names ${join(folder, "none")}, which does not exist`);
});
