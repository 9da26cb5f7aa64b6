import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ArtifactRef,
  type ArtifactStore,
  openFileArtifactStore,
  promptId,
  promptKind,
  type RecordKind,
  readRecords,
  writeRecords,
} from "@srlm/artifacts";
import type { evaluation, jobs } from "@srlm/contracts";
import { openEmbeddedBus } from "@srlm/messaging";
import { type Peers, type RunningServer, startServer } from "@srlm/service-kit";
import { pino } from "pino";
import { evaluationService } from "../service.ts";
import { inferencePeer, judgingPeer, type TestModel, type TestPeers, tokenizationPeer } from "./peers.ts";

/** The evaluation service and its peers on one port, with a file store and an embedded bus. */
export class EvaluationBed {
  readonly artifacts: ArtifactStore;
  readonly test: TestPeers;
  readonly #server: RunningServer;
  readonly #stop: () => Promise<void>;

  private constructor(artifacts: ArtifactStore, test: TestPeers, server: RunningServer, stop: () => Promise<void>) {
    this.artifacts = artifacts;
    this.test = test;
    this.#server = server;
    this.#stop = stop;
  }

  static async open(): Promise<EvaluationBed> {
    const directory = await mkdtemp(join(tmpdir(), "srlm-evaluation-"));
    const bus = await openEmbeddedBus({ directory: join(directory, "bus") });
    const artifacts = await openFileArtifactStore(join(directory, "artifacts"));
    const test: TestPeers = { models: new Map(), context: 1_000, judged: [], generated: [], patience: [] };
    const server = await startServer({
      modules: [evaluationService(), tokenizationPeer, inferencePeer(test), judgingPeer(test)],
      listen: "127.0.0.1:0",
      bus,
      artifacts,
      logger: pino({ level: "silent" }),
    });
    return new EvaluationBed(artifacts, test, server, async () => {
      await server.drain({ finishMs: 0 });
      await bus.close();
      await rm(directory, { recursive: true });
    });
  }

  /** Clients of the service, over the socket. */
  get peers(): Peers {
    return this.#server.peers;
  }

  async model(name: string, behaviour: TestModel): Promise<ArtifactRef> {
    const ref = await this.artifacts.put(Buffer.from(name), { mediaType: "text/plain" });
    this.test.models.set(ref.sha256, behaviour);
    return ref;
  }

  records<T>(kind: RecordKind<T>, records: readonly T[]): Promise<ArtifactRef> {
    return writeRecords(this.artifacts, kind, records);
  }

  prompts(...prompts: string[]): Promise<ArtifactRef> {
    return this.records(
      promptKind,
      prompts.map((prompt) => ({ prompt_id: promptId({ prompt }), prompt, source: "test" })),
    );
  }

  async read<T>(kind: RecordKind<T>, ref: ArtifactRef | undefined): Promise<T[]> {
    if (!ref) throw new Error(`there is no output of ${kind.name} records`);
    const records: T[] = [];
    for await (const record of readRecords(this.artifacts, kind, ref)) records.push(record);
    return records;
  }

  /** Starts an evaluation by the contract; returns the name of its job. */
  async start(requestId: string, spec: Partial<evaluation.EvaluationSpec>): Promise<string> {
    const { job } = await this.peers.evaluation.startEvaluation({ requestId, spec });
    return job?.name ?? "";
  }

  ended(name: string): Promise<jobs.Job> {
    return this.#server.jobs.waitForEnd(name);
  }

  async evaluate(requestId: string, spec: Partial<evaluation.EvaluationSpec>): Promise<jobs.Job> {
    return this.ended(await this.start(requestId, spec));
  }

  close(): Promise<void> {
    return this.#stop();
  }
}
