/** The smoke run, by the services' API as any client would use it: from M0 to M3, in this process. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Embedded, importInputs, openEmbedded } from "@srlm/cli";
import { jobs, orchestration } from "@srlm/contracts";
import { parseConfig, type Report, writeConfig } from "@srlm/orchestration";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SMOKE } from "./support.ts";

/** The run takes about 40 s on two quiet cores; other tests run beside it. */
const RUN_MS = 240_000;

let folder: string;
let embedded: Embedded;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "srlm-e2e-"));
  embedded = await openEmbedded({
    statePath: join(folder, "state"),
    artifactsPath: join(folder, "artifacts"),
    logPath: join(folder, "log.jsonl"),
    engines: { engines: 2, memoryBytes: 2 ** 30 },
  });
});
afterAll(async () => {
  await embedded.close();
  rmSync(folder, { recursive: true });
});

async function startSmoke(): Promise<{ run: string; spec: orchestration.RunSpec }> {
  const config = parseConfig(readFileSync(SMOKE, "utf8"));
  const inputs = await importInputs(embedded.artifacts, config, 21, (path) => path);
  const spec = { configYaml: writeConfig(config), seed: 21, inputs };
  const { run } = await embedded.peers.orchestration.startRun({ requestId: "smoke", spec, labels: {} });
  return { run, spec };
}

async function follow(name: string): Promise<orchestration.Run> {
  let last: orchestration.Run | undefined;
  let sequence = 0;
  for await (const { run } of embedded.peers.orchestration.watchRun({ name, afterSequence: 0 })) {
    expect(run?.sequence).toBeGreaterThan(sequence);
    sequence = run?.sequence ?? sequence;
    last = run;
  }
  if (last === undefined) throw new Error("the run was never seen");
  return last;
}

it(
  "makes M0 to M3 with pairs in every round, and a report that holds results alone",
  async () => {
    const { run: name, spec } = await startSmoke();
    const { peers, artifacts } = embedded;

    // The same request again is the same run; with another spec it is refused.
    expect((await peers.orchestration.startRun({ requestId: "smoke", spec, labels: {} })).run).toBe(name);
    const other = { ...spec, configYaml: `${spec.configYaml}\n# changed\n` };
    await expect(peers.orchestration.startRun({ requestId: "smoke", spec: other, labels: {} })).rejects.toMatchObject({
      reason: "REQUEST_ID_REUSED",
    });

    const run = await follow(name);
    expect(run.error).toBeUndefined();
    expect(run.state).toBe(jobs.JobState.SUCCEEDED);
    expect(run.verdict).toBe("MAX_ITERATIONS");
    for (const stage of run.stages)
      expect([stage.name, stage.state]).toEqual([stage.name, orchestration.StageState.SUCCEEDED]);

    const ref = run.outputs["report"];
    if (ref === undefined) throw new Error("no report");
    const text = Buffer.from(await artifacts.bytes(ref)).toString("utf8");
    const report = JSON.parse(text) as Report;
    expect(report.models.map(({ model }) => model)).toEqual([
      "M0",
      "baseline",
      "M1",
      "M2",
      "M3",
      "M2 shuffled",
      "M3 shuffled",
    ]);
    for (const { model, splits } of report.models) {
      expect([model, Object.keys(splits).sort()]).toEqual([model, ["new_requests", "new_texts"]]);
    }
    expect(report.rounds).toHaveLength(4);
    for (const { model, pairing, training } of report.rounds) {
      expect([model, pairing["pairs"]]).not.toEqual([model, 0]);
      // Before the first update policy and reference are one: ln 2.
      expect(Math.abs((training?.["first_sigmoid_loss"] as number) - Math.LN2)).toBeLessThan(1e-6);
    }
    expect(text).not.toContain(folder);
    expect(text).not.toMatch(/runs\/|jobs\/|\d{4}-\d{2}-\d{2}T/);
  },
  RUN_MS,
);

it("tells what is wrong with a run that cannot begin", async () => {
  const { orchestration: client } = embedded.peers;
  const start = (configYaml: string, seed = 21) =>
    client.startRun({
      requestId: `bad-${configYaml.length}-${seed}`,
      spec: { configYaml, seed, inputs: {} },
      labels: {},
    });
  const smoke = readFileSync(SMOKE, "utf8");
  await expect(start(`${smoke}\nmax_iteration: 3\n`)).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
  await expect(start(smoke, 22)).rejects.toMatchObject({ reason: "SEED_UNKNOWN" });
  await expect(start(smoke)).rejects.toMatchObject({ reason: "INPUTS_INVALID" });
  await expect(client.getRun({ name: "runs/none" })).rejects.toMatchObject({ reason: "RUN_NOT_FOUND" });
});

it("refuses a second owner of its folder, naming the process that has it", async () => {
  const second = openEmbedded({
    statePath: join(folder, "state"),
    artifactsPath: join(folder, "artifacts"),
    logPath: join(folder, "log.jsonl"),
    engines: { engines: 1, memoryBytes: 2 ** 30 },
  });
  await expect(second).rejects.toThrow(`process ${process.pid} uses the store in`);
});
