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
  judgementId,
  judgementKind,
  openFileArtifactStore,
  type PreferencePairRecord,
  preferencePairKind,
  promptId,
  readRecords,
  writeRecords,
} from "@srlm/artifacts";
import type { jobs, pairing } from "@srlm/contracts";
import { openEmbeddedBus } from "@srlm/messaging";
import { type Peers, type RunningServer, startServer } from "@srlm/service-kit";
import { pino } from "pino";
import { pairingService } from "../service.ts";

/** The pairing service on a port, with a file store and an embedded bus. */
export class PairingBed {
  readonly artifacts: ArtifactStore;
  readonly #server: RunningServer;
  readonly #stop: () => Promise<void>;

  private constructor(artifacts: ArtifactStore, server: RunningServer, stop: () => Promise<void>) {
    this.artifacts = artifacts;
    this.#server = server;
    this.#stop = stop;
  }

  static async open(): Promise<PairingBed> {
    const directory = await mkdtemp(join(tmpdir(), "srlm-pairing-"));
    const bus = await openEmbeddedBus({ directory: join(directory, "bus") });
    const artifacts = await openFileArtifactStore(join(directory, "artifacts"));
    const logger = pino({ level: "silent" });
    const server = await startServer({ modules: [pairingService()], listen: "127.0.0.1:0", bus, artifacts, logger });
    return new PairingBed(artifacts, server, async () => {
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

  candidates(records: readonly CandidateRecord[]): Promise<ArtifactRef> {
    return writeRecords(this.artifacts, candidateKind, records);
  }

  judgements(records: readonly JudgementRecord[]): Promise<ArtifactRef> {
    return writeRecords(this.artifacts, judgementKind, records);
  }

  async pairs(ref: ArtifactRef | undefined): Promise<PreferencePairRecord[]> {
    const records: PreferencePairRecord[] = [];
    for await (const record of readRecords(this.artifacts, preferencePairKind, ref!)) records.push(record);
    return records;
  }

  async pair(requestId: string, spec: Partial<pairing.PairingSpec>): Promise<jobs.Job> {
    const { job } = await this.peers.pairing.startPairing({ requestId, spec });
    return this.#server.jobs.waitForEnd(job?.name ?? "");
  }
}

const sampling = { temperature: 1, top_p: 1, top_k: 0, min_p: 0, repetition_penalty: 1, max_tokens: 14 };

/** The `index`-th answer to a prompt; its ids are as many as its words, and begin with `index`. */
export function candidate(prompt: string, index: number, completion: string, cutOff = false): CandidateRecord {
  const made = {
    prompt_id: promptId({ prompt }),
    candidate_index: index,
    model_sha256: "0".repeat(64),
    tokenizer_sha256: "1".repeat(64),
    sampling,
    seed: 1,
    engine_fingerprint: "engine",
  };
  return {
    ...made,
    candidate_id: candidateId(made),
    prompt,
    completion,
    prompt_ids: [prompt.length],
    completion_ids: completion.split(" ").map((_, i) => index + i),
    finish_reason: cutOff ? "length" : "stop",
    sum_logprob: -1,
  };
}

export function judgement({ candidate_id, prompt_id }: CandidateRecord, mean: number | null): JudgementRecord {
  const made = {
    candidate_id,
    judge_model_sha256: "0".repeat(64),
    rubric_sha256: "2".repeat(64),
    sampling,
    seed: 1,
    engine_fingerprint: "engine",
  };
  const sample = mean === null ? { score: null, failure: "EMPTY" } : { score: mean, failure: null };
  return {
    ...made,
    judgement_id: judgementId(made),
    prompt_id,
    samples: [{ text: "", ...sample }],
    mean,
    variance: mean === null ? null : 0,
    failures: mean === null ? 1 : 0,
  };
}
