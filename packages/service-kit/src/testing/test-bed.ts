import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ArtifactStore, openFileArtifactStore } from "@srlm/artifacts";
import { judging } from "@srlm/contracts";
import { type Bus, openEmbeddedBus } from "@srlm/messaging";
import { pino } from "pino";
import type { AnyJobKind, JobKind, PlannedShard } from "../jobs/job-kind.ts";
import { type RunningServer, type StartServerOptions, startServer } from "../server/start-server.ts";
import type { ServiceModule } from "../service-module.ts";

/** A log that keeps its lines. */
export function memoryLogger() {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, logger: pino({ level: "debug" }, stream) };
}

/** A folder with an embedded bus and a file store; everything that was opened is closed by `close`. */
export class TestBed {
  readonly directory: string;
  readonly log = memoryLogger();
  bus: Bus;
  artifacts: ArtifactStore;
  readonly #servers = new Set<RunningServer>();

  private constructor(directory: string, bus: Bus, artifacts: ArtifactStore) {
    this.directory = directory;
    this.bus = bus;
    this.artifacts = artifacts;
  }

  static async open(): Promise<TestBed> {
    const directory = await mkdtemp(join(tmpdir(), "srlm-kit-"));
    const bus = await openEmbeddedBus({ directory: join(directory, "bus") });
    return new TestBed(directory, bus, await openFileArtifactStore(join(directory, "artifacts")));
  }

  /** A server of one module with these job kinds, on a free port. */
  async serve(modules: readonly ServiceModule[], options: Partial<StartServerOptions> = {}): Promise<RunningServer> {
    const server = await startServer({
      modules,
      listen: "127.0.0.1:0",
      bus: this.bus,
      artifacts: this.artifacts,
      logger: this.log.logger,
      ...options,
    });
    this.#servers.add(server);
    return server;
  }

  serveKinds(...kinds: AnyJobKind[]): Promise<RunningServer> {
    return this.serve([moduleOf(...kinds)]);
  }

  /** As when a process dies and another begins: what lives in memory is gone, the store is opened anew. */
  async restart(): Promise<void> {
    await this.bus.close();
    this.bus = await openEmbeddedBus({ directory: join(this.directory, "bus") });
  }

  async close(): Promise<void> {
    for (const server of this.#servers) await server.drain({ finishMs: 0 });
    await this.bus.close();
    await rm(this.directory, { recursive: true });
  }
}

export function moduleOf(...jobKinds: AnyJobKind[]): ServiceModule {
  return { name: "test", create: async () => ({ implementations: [], jobKinds }) };
}

export type TestSpec = judging.JudgingSpec;

/** A spec; `seed` tells two apart. */
export function testSpec(seed = 0): TestSpec {
  return judging.JudgingSpec.fromPartial({ seed });
}

export const requestId = () => randomUUID();

/** Shards 0..n-1 of one unit each. */
export function shards(n: number): PlannedShard<number>[] {
  return Array.from({ length: n }, (_, i) => ({ payload: i, size: 1 }));
}

/** A kind that counts: shard i yields i, the job their sum. Override what a test is about. */
export function countingKind(overrides: Partial<JobKind<TestSpec, number, number>> = {}) {
  const kind: JobKind<TestSpec, number, number> = {
    kind: "counting",
    specType: judging.JudgingSpec,
    unit: "numbers",
    concurrency: 2,
    plan: async () => shards(4),
    runShard: async (_spec, shard) => ({ value: shard }),
    finish: async (_spec, results) => ({
      outputs: {},
      metrics: { sum: results.reduce((sum, { value }) => sum + value, 0) },
    }),
    ...overrides,
  };
  return kind;
}

/** A promise and what settles it. */
export function gate() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
