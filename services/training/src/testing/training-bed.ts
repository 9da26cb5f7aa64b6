import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ArtifactRef,
  type ArtifactStore,
  openFileArtifactStore,
  preferencePairKind,
  type TokenizedExampleRecord,
  tokenizedExampleKind,
  writeRecords,
} from "@srlm/artifacts";
import { jobs, training } from "@srlm/contracts";
import { LanguageModel, type LlamaConfig } from "@srlm/language-model";
import { type Bus, openEmbeddedBus } from "@srlm/messaging";
import { createPeers, type Peers, type RunningServer, type ServiceModule, startServer } from "@srlm/service-kit";
import { createBackend } from "@srlm/tensor-kernels";
import { pino } from "pino";
import { trainingService } from "../service.ts";
import { testRandom } from "./bigram-model.ts";

const config: LlamaConfig = {
  vocabSize: 40,
  hiddenSize: 16,
  intermediateSize: 32,
  layerCount: 2,
  headCount: 2,
  keyValueHeadCount: 1,
  headDimension: 8,
  rmsNormEpsilon: 1e-5,
  maxPositions: 32,
  ropeTheta: 100,
  ropeScaling: null,
  tiedEmbeddings: true,
  attentionBias: false,
  mlpBias: false,
  initializerRange: 0.02,
  bosTokenId: null,
  eosTokenIds: [1],
  padTokenId: 0,
};

const ids = (seed: number, length: number) =>
  Array.from({ length }, (_, i) => 2 + Math.floor(testRandom(seed, i) * (config.vocabSize - 2)));

/** A training service with a tiny random model and data, over real sockets, bus, store and engine processes. */
export class TrainingBed {
  readonly folder: string;
  readonly bus: Bus;
  readonly artifacts: ArtifactStore;
  server!: RunningServer;
  peers!: Peers;
  model!: ArtifactRef;
  examples!: ArtifactRef;
  pairs!: ArtifactRef;

  private constructor(folder: string, bus: Bus, artifacts: ArtifactStore) {
    this.folder = folder;
    this.bus = bus;
    this.artifacts = artifacts;
  }

  /** `others` are served beside it, e.g. a tokenization that training asks. */
  static async open(others: readonly ServiceModule[] = []): Promise<TrainingBed> {
    const folder = await mkdtemp(join(tmpdir(), "srlm-training-bed-"));
    const bus = await openEmbeddedBus({ directory: join(folder, "bus") });
    const bed = new TrainingBed(folder, bus, await openFileArtifactStore(join(folder, "artifacts")));
    await bed.makeData();
    const service = trainingService({ engines: 1, memoryBudgetBytes: 2 ** 28, backend: "cpu" });
    bed.server = await startServer({
      modules: [service, ...others],
      listen: "127.0.0.1:0",
      bus,
      artifacts: bed.artifacts,
      logger: pino({ level: "silent" }),
    });
    bed.peers = createPeers({ local: bed.server.address });
    return bed;
  }

  private async makeData(): Promise<void> {
    const backend = await createBackend("cpu");
    const model = LanguageModel.initialise(backend, config, { seed: 7 });
    model.save(join(this.folder, "model"));
    model.free();
    this.model = await this.artifacts.putDirectory(join(this.folder, "model"));
    const examples = Array.from({ length: 20 }, (_, i): TokenizedExampleRecord => {
      return {
        example_id: `e${i}`,
        kind: "ift",
        prompt_ids: ids(i, 3 + (i % 4)),
        completion_ids: [...ids(50 + i, 2 + (i % 3)), 1],
      };
    });
    this.examples = await writeRecords(this.artifacts, tokenizedExampleKind, examples);
    const pairs = examples.map(({ prompt_ids, completion_ids }, i) => ({
      pair_id: `p${i}`,
      prompt_id: `q${i}`,
      prompt: "q",
      chosen: "a",
      rejected: "b",
      chosen_candidate_id: `c${i}`,
      rejected_candidate_id: `r${i}`,
      chosen_score: 4,
      rejected_score: 1,
      prompt_ids,
      chosen_ids: completion_ids,
      rejected_ids: [...ids(90 + i, 1 + (i % 4)), 1],
    }));
    this.pairs = await writeRecords(this.artifacts, preferencePairKind, pairs);
  }

  /** Six steps of fine-tuning with a checkpoint every second one, changed as given. */
  sft(changes: Partial<training.TrainingSpec> = {}): training.TrainingSpec {
    const sources = [{ examples: this.examples, batchSize: 4, promptLossWeight: 0.1, weight: undefined }];
    return training.TrainingSpec.fromPartial({
      objective: { $case: "sft", value: { model: this.model, sources } },
      optimizer: { learningRate: 0.01, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, decayAll: true },
      schedule: { kind: training.ScheduleKind.LINEAR, warmupSteps: 2, finalRatio: 0.1 },
      steps: 6,
      maxGradientNorm: 1,
      seed: 5,
      checkpointEvery: 2,
      ...changes,
    });
  }

  dpo(changes: Partial<training.TrainingSpec> = {}): training.TrainingSpec {
    const value = { model: this.model, pairs: this.pairs, batchSize: 5, beta: 0.1, nllWeight: 0.2 };
    return this.sft({ objective: { $case: "dpo", value }, ...changes });
  }

  async start(requestId: string, spec: training.TrainingSpec): Promise<jobs.Job> {
    return (await this.peers.training.startTraining({ requestId, spec })).job!;
  }

  /** Follows the job to its end. */
  async ended({ name }: jobs.Job, onChange: (job: jobs.Job) => void = () => {}): Promise<jobs.Job> {
    for await (const { job } of this.peers.jobs.watchJob({ name })) {
      onChange(job!);
      if (job!.state >= jobs.JobState.SUCCEEDED) return job!;
    }
    throw new Error("the stream ended before the job");
  }

  async train(requestId: string, spec: training.TrainingSpec): Promise<jobs.Job> {
    return this.ended(await this.start(requestId, spec));
  }

  async close(): Promise<void> {
    this.peers.close();
    await this.server.drain({ finishMs: 0 });
    await this.bus.close();
    await rm(this.folder, { recursive: true });
  }
}
