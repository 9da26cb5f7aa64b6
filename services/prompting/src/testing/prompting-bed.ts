import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ArtifactRef,
  type ArtifactStore,
  exampleId,
  openFileArtifactStore,
  type PromptRecord,
  promptId,
  promptKind,
  readRecords,
  sftExampleKind,
  writeRecords,
} from "@srlm/artifacts";
import type { jobs } from "@srlm/contracts";
import { openEmbeddedBus } from "@srlm/messaging";
import { type Peers, type RunningServer, startServer } from "@srlm/service-kit";
import { pino } from "pino";
import { promptingService } from "../service.ts";
import { inferencePeer, type TestPeers, tokenizationPeer } from "./peers.ts";

export type PromptSpec = NonNullable<Parameters<Peers["prompting"]["startPromptGeneration"]>[0]["spec"]>;

/** The prompting service and its peers on one port, with a file store and an embedded bus. */
export class PromptingBed {
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

  static async open(): Promise<PromptingBed> {
    const directory = await mkdtemp(join(tmpdir(), "srlm-prompting-"));
    const bus = await openEmbeddedBus({ directory: join(directory, "bus") });
    const artifacts = await openFileArtifactStore(join(directory, "artifacts"));
    const test: TestPeers = { says: () => "", generated: [] };
    const server = await startServer({
      modules: [promptingService(), tokenizationPeer, inferencePeer(test)],
      listen: "127.0.0.1:0",
      bus,
      artifacts,
      logger: pino({ level: "silent" }),
    });
    return new PromptingBed(artifacts, test, server, async () => {
      await server.drain({ finishMs: 0 });
      await bus.close();
      await rm(directory, { recursive: true });
    });
  }

  /** Clients of the service, over the socket. */
  get peers(): Peers {
    return this.#server.peers;
  }

  close(): Promise<void> {
    return this.#stop();
  }

  model(): Promise<ArtifactRef> {
    return this.artifacts.put(Buffer.from("model"), { mediaType: "text/plain" });
  }

  prompts(...prompts: string[]): Promise<ArtifactRef> {
    const records = prompts.map((prompt) => ({ prompt_id: promptId({ prompt }), prompt, source: "test" }));
    return writeRecords(this.artifacts, promptKind, records);
  }

  examples(...prompts: string[]): Promise<ArtifactRef> {
    const records = prompts.map((prompt) => {
      const example = { kind: "ift" as const, prompt, completion: "sure", prompt_format: "chat" as const };
      return { ...example, example_id: exampleId(example) };
    });
    return writeRecords(this.artifacts, sftExampleKind, records);
  }

  async read(ref: ArtifactRef | undefined): Promise<PromptRecord[]> {
    const records: PromptRecord[] = [];
    for await (const record of readRecords(this.artifacts, promptKind, ref!)) records.push(record);
    return records;
  }

  async generate(requestId: string, spec: PromptSpec): Promise<jobs.Job> {
    const { job } = await this.peers.prompting.startPromptGeneration({ requestId, spec });
    return this.#server.jobs.waitForEnd(job?.name ?? "");
  }
}
