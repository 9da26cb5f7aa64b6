/**
 * One seed, one result: report.json of the smoke run is the same bytes when it is repeated, when the process is killed
 * at any moment and the run resumed, and for any number of engines and any size of shards.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assertBuilt, ROOT, SMOKE, startCommand } from "./support.ts";

const SRLM = join(ROOT, "packages/cli/bin/srlm.js");

let folder: string;
let expected: string;

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return startCommand(process.execPath, [SRLM, ...args], env);
}

async function report(args: readonly string[], out: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, stderr } = await start(args, env).ended;
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  return readFileSync(join(out, "report.json"), "utf8");
}

beforeAll(async () => {
  assertBuilt();
  folder = mkdtempSync(join(tmpdir(), "srlm-determinism-"));
  const out = join(folder, "reference");
  expected = await report(["run", SMOKE, "--out", out], out);
});
afterAll(() => rmSync(folder, { recursive: true }));

it("repeats itself", async () => {
  const out = join(folder, "again");
  expect(await report(["run", SMOKE, "--out", out], out)).toBe(expected);
});

it("does not depend on the number of engines, or on the sizes of shards", async () => {
  const out = join(folder, "shards");
  const sizes = ["sampling.shard_size=5", "judging.shard_size=7", "evaluation.shard_size=9"];
  const set = sizes.flatMap((size) => ["--set", size]);
  expect(await report(["run", SMOKE, "--out", out, ...set], out, { SRLM_ENGINES: "3" })).toBe(expected);
});

/** Moments by what the command says; a wait after it lands inside the next stage. */
const MOMENTS: readonly (readonly [string, RegExp, number])[] = [
  ["while datasets are tokenised", /tokenizer +done/, 100],
  ["in the middle of SFT, between two checkpoints", /M0\/training +done/, 6_000],
  ["while answers are sampled", /M2\/prompting +done/, 200],
  ["while answers are judged", /M2\/sampling +done/, 300],
  ["between pairs and DPO", /M2\/pairing +done/, 0],
  ["in the second round", /M3\/prompting +done/, 400],
  ["while the last model is evaluated", /M3\/training +done/, 100],
];

it.each(MOMENTS)("survives kill -9 %s", async (_, moment, wait) => {
  const out = join(folder, `killed-${wait}-${String(moment).length}`);
  // Checkpoints so often that training goes on in its middle.
  const checkpoints = ["--set", "sft.checkpoint_every=10", "--set", "pretrain.checkpoint_every=10"];
  const command = start(["run", SMOKE, "--out", out, ...checkpoints]);
  await command.seen(moment);
  await new Promise((resolve) => setTimeout(resolve, wait));
  command.interrupt("SIGKILL");
  expect((await command.ended).code).toBeNull();
  expect(await report(["resume", out], out)).toBe(expected);
});

it("survives being killed again and again", async () => {
  const out = join(folder, "killed-often");
  let command = start(["run", SMOKE, "--out", out]);
  for (const moment of [/eft\/tokenization +done/, /M1\/training +done/, /M2\/judging +done/, /M3\/pairing +done/]) {
    await command.seen(moment);
    command.interrupt("SIGKILL");
    await command.ended;
    command = start(["resume", out]);
  }
  expect([(await command.ended).code, readFileSync(join(out, "report.json"), "utf8")]).toEqual([0, expected]);
});
