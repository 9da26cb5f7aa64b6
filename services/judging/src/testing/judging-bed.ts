import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ArtifactRef,
  type ArtifactStore,
  type CandidateRecord,
  candidateId,
  candidateKind,
  type JudgementRecord,
  judgementKind,
  openFileArtifactStore,
  promptId,
  readRecords,
  writeRecords,
} from "@srlm/artifacts";
import { type jobs, judging } from "@srlm/contracts";
import { openEmbeddedBus } from "@srlm/messaging";
import {
  createPeers,
  implement,
  type Peers,
  type RunningServer,
  type ServiceModule,
  startServer,
} from "@srlm/service-kit";
import { pino } from "pino";
import { judgingService } from "../service.ts";
import { inferencePeer, type TestPeers, tokenizationPeer } from "./peers.ts";

type JudgingSpec = NonNullable<Parameters<Peers["judging"]["startJudging"]>[0]["spec"]>;

export type JudgeHandler = (request: judging.JudgeRequest) => Promise<judging.JudgeResponse>;

/** The judging service and its peers on one port; with `judge`, a server of that call alone stands in its place. */
export class JudgingBed {
  readonly artifacts: ArtifactStore;
  readonly test: TestPeers;
  /** Clients of the judging service itself. */
  readonly peers: Peers;
  readonly #server: RunningServer;
  readonly #stop: () => Promise<void>;

  private constructor(artifacts: ArtifactStore, test: TestPeers, server: RunningServer, stop: () => Promise<void>) {
    this.artifacts = artifacts;
    this.test = test;
    this.peers = createPeers({ local: server.address });
    this.#server = server;
    this.#stop = stop;
  }

  static async open(judge?: JudgeHandler): Promise<JudgingBed> {
    const directory = await mkdtemp(join(tmpdir(), "srlm-judging-"));
    const bus = await openEmbeddedBus({ directory: join(directory, "bus") });
    const otherBus = await openEmbeddedBus({ directory: join(directory, "other-bus") });
    const artifacts = await openFileArtifactStore(join(directory, "artifacts"));
    const logger = pino({ level: "silent" });
    const test: TestPeers = { says: () => "score : 3", generated: [] };
    const listen = "127.0.0.1:0";
    const other = await startServer({
      modules: judge ? [judgeAlone(judge)] : [],
      listen,
      bus: otherBus,
      artifacts,
      logger,
    });
    const server = await startServer({
      modules: [judgingService(), tokenizationPeer, inferencePeer(test)],
      listen,
      bus,
      artifacts,
      addresses: judge ? { judging: other.address } : {},
      logger,
    });
    return new JudgingBed(artifacts, test, server, async () => {
      for (const each of [server, other]) await each.drain({ finishMs: 0 });
      for (const each of [bus, otherBus]) await each.close();
      await rm(directory, { recursive: true });
    });
  }

  async close(): Promise<void> {
    this.peers.close();
    await this.#stop();
  }

  model(name = "judge"): Promise<ArtifactRef> {
    return this.artifacts.put(Buffer.from(name), { mediaType: "text/plain" });
  }

  /** Candidates of prompts by text, in order. */
  candidates(answers: readonly (readonly [prompt: string, ...completions: string[]])[]): Promise<ArtifactRef> {
    const records = answers.flatMap(([prompt, ...completions]) =>
      completions.map((completion, index) => candidate(prompt, completion, index)),
    );
    return writeRecords(this.artifacts, candidateKind, records);
  }

  async judgements(ref: ArtifactRef | undefined): Promise<JudgementRecord[]> {
    const records: JudgementRecord[] = [];
    for await (const record of readRecords(this.artifacts, judgementKind, ref!)) records.push(record);
    return records;
  }

  async judge(requestId: string, spec: JudgingSpec): Promise<jobs.Job> {
    const { job } = await this.peers.judging.startJudging({ requestId, spec });
    return this.#server.jobs.waitForEnd(job?.name ?? "");
  }
}

function candidate(prompt: string, completion: string, index: number): CandidateRecord {
  const made = {
    prompt_id: promptId({ prompt }),
    candidate_index: index,
    model_sha256: "0".repeat(64),
    tokenizer_sha256: "1".repeat(64),
    sampling: { temperature: 1, top_p: 1, top_k: 0, min_p: 0, repetition_penalty: 1, max_tokens: 14 },
    seed: 1,
    engine_fingerprint: "engine",
  };
  const ids = { prompt_ids: [1], completion_ids: [2] };
  return {
    ...made,
    ...ids,
    candidate_id: candidateId(made),
    prompt,
    completion,
    finish_reason: "stop",
    sum_logprob: -1,
  };
}

function judgeAlone(judge: JudgeHandler): ServiceModule {
  const startJudging = async (): Promise<never> => {
    throw new Error("a server of Judge alone has no jobs");
  };
  return {
    name: "judging",
    create: async () => ({
      implementations: [implement(judging.JudgingServiceDefinition, { judge, startJudging })],
    }),
  };
}
