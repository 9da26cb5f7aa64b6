import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ArtifactStore, openFileArtifactStore, promptId, promptKind, writeRecords } from "@srlm/artifacts";
import { orchestration } from "@srlm/contracts";
import { type Bus, openEmbeddedBus } from "@srlm/messaging";
import { type RunningServer, startServer } from "@srlm/service-kit";
import { pino } from "pino";
import { parseConfig } from "../config/parse-config.ts";
import { expectedInputs } from "../run/inputs.ts";
import type { ArtifactRef } from "../run/run-state.ts";
import { orchestrationService } from "../service.ts";
import { TINY } from "./simulated-jobs.ts";
import { type StageBehaviour, stageServices } from "./stage-services.ts";

export interface ServeOptions {
  readonly reconcileMs?: number;
  /** Of steps of jobs: how long the jobs of a process that died stay its own. */
  readonly leaseMs?: number;
  /** Changes the bus that the services get. */
  readonly bus?: (bus: Bus) => Bus;
}

/** Orchestration and stage services in one process, over a socket, on an embedded bus in a folder of its own. */
export class OrchestrationBed {
  readonly #directory: string;
  readonly artifacts: ArtifactStore;
  readonly behaviour: StageBehaviour;
  readonly #options: ServeOptions;
  bus: Bus;
  server: RunningServer;

  private constructor(
    directory: string,
    artifacts: ArtifactStore,
    behaviour: StageBehaviour,
    options: ServeOptions,
    started: { bus: Bus; server: RunningServer },
  ) {
    this.#directory = directory;
    this.artifacts = artifacts;
    this.behaviour = behaviour;
    this.#options = options;
    this.bus = started.bus;
    this.server = started.server;
  }

  static async open(behaviour: StageBehaviour, options: ServeOptions = {}): Promise<OrchestrationBed> {
    const directory = await mkdtemp(join(tmpdir(), "srlm-orchestration-"));
    const artifacts = await openFileArtifactStore(join(directory, "artifacts"));
    const started = await serve(directory, artifacts, behaviour, options);
    return new OrchestrationBed(directory, artifacts, behaviour, options, started);
  }

  /** As when the process dies and another begins: queues, events and all that was under way are gone. */
  async restart(): Promise<void> {
    await this.bus.close();
    await this.server.drain({ finishMs: 0 });
    Object.assign(this, await serve(this.#directory, this.artifacts, this.behaviour, this.#options));
  }

  async close(): Promise<void> {
    await this.server.drain({ finishMs: 0 });
    await this.bus.close();
    await rm(this.#directory, { recursive: true });
  }

  get client() {
    return this.server.peers.orchestration;
  }

  /** A spec whose inputs are there. */
  async spec(yaml = TINY, seed = 11): Promise<orchestration.RunSpec> {
    const inputs: Record<string, ArtifactRef> = {};
    for (const { name } of expectedInputs(parseConfig(yaml))) {
      const prompt = `a record of ${name}`;
      inputs[name] = await writeRecords(this.artifacts, promptKind, [
        { prompt_id: promptId({ prompt }), prompt, source: "test" },
      ]);
    }
    return orchestration.RunSpec.fromPartial({ configYaml: yaml, seed, inputs });
  }

  async start(requestId: string, yaml?: string): Promise<string> {
    const { run } = await this.client.startRun({ requestId, spec: await this.spec(yaml), labels: {} });
    return run;
  }

  /** The run in its end state. */
  async ended(name: string): Promise<orchestration.Run> {
    let last: orchestration.Run | undefined;
    for await (const { run } of this.client.watchRun({ name, afterSequence: 0 })) last = run;
    if (last === undefined) throw new Error("the stream ended without a run");
    return last;
  }

  async report(run: orchestration.Run): Promise<string> {
    const ref = run.outputs["report"];
    if (ref === undefined) throw new Error(`${run.name} has no report`);
    return Buffer.from(await this.artifacts.bytes(ref)).toString("utf8");
  }

  /** Waits until the run is as asked. */
  async until(name: string, is: (run: orchestration.Run) => boolean): Promise<orchestration.Run> {
    for await (const { run } of this.client.watchRun({ name, afterSequence: 0 })) {
      if (run !== undefined && is(run)) return run;
    }
    throw new Error("the run ended otherwise");
  }
}

async function serve(directory: string, artifacts: ArtifactStore, behaviour: StageBehaviour, options: ServeOptions) {
  const bus = await openEmbeddedBus({ directory: join(directory, "bus") });
  const { reconcileMs = 1_000, leaseMs = 30_000 } = options;
  const server = await startServer({
    modules: [stageServices(behaviour), orchestrationService({ reconcileMs })],
    listen: "127.0.0.1:0",
    bus: options.bus?.(bus) ?? bus,
    artifacts,
    leaseMs,
    logger: pino({ level: process.env["SRLM_TEST_LOG"] ?? "silent" }),
  });
  return { bus, server };
}
