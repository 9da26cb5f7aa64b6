/** How fast this machine trains and samples a model of a given shape: measured, in seconds, on a cut-down model. */
import {
  generate,
  LanguageModel,
  type LlamaConfig,
  packBatch,
  parameterCount,
  TrainableModel,
} from "@srlm/language-model";
import type { Backend } from "@srlm/tensor-kernels";

export interface MeasuredRates {
  /** Of one engine. */
  readonly trainFlopPerSecond: number;
  readonly sampleFlopPerSecond: number;
  /** Parameters of the model that was measured. */
  readonly parameters: number;
}

/** Enough for the products to be of the real width; depth and vocabulary only repeat them. */
const MAX_LAYERS = 2;
const MAX_VOCABULARY = 2048;
const SEQUENCES = 24;
const TOKENS = 32;
const GENERATED = 16;

function measuredShape(shape: LlamaConfig): LlamaConfig {
  return {
    ...shape,
    layerCount: Math.min(shape.layerCount, MAX_LAYERS),
    vocabSize: Math.min(shape.vocabSize, MAX_VOCABULARY),
    eosTokenIds: [],
    bosTokenId: null,
    padTokenId: null,
  };
}

function seconds(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

function sequences({ vocabSize, maxPositions }: LlamaConfig): Int32Array[] {
  const length = Math.min(TOKENS, maxPositions - GENERATED);
  return Array.from({ length: SEQUENCES }, (_, b) =>
    Int32Array.from({ length }, (_, t) => (31 * b + 7 * t) % vocabSize),
  );
}

export function measureRates(backend: Backend, shape: LlamaConfig): MeasuredRates {
  const config = measuredShape(shape);
  const model = LanguageModel.initialise(backend, config, { seed: 1 });
  const parameters = parameterCount(config);
  const ids = sequences(config);
  const trained = ids.reduce((sum, sequence) => sum + sequence.length, 0);
  const sample = () => {
    const settings = {
      sampling: { temperature: 1 },
      candidates: 1,
      maxTokens: GENERATED,
      stopIds: [],
      stopSequences: [],
      seed: 1,
    };
    for (const _ of generate(
      model,
      ids.map((sequence, i) => ({ ids: sequence, key: String(i) })),
      settings,
    ));
  };
  // The first pass of each compiles kernels; the second is measured.
  sample();
  const sampleSeconds = seconds(sample);
  const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
  const trainable = new TrainableModel(model, optimizer);
  const batch = packBatch(
    ids.map((sequence) => ({ ids: sequence, firstTarget: 1 })),
    config,
  );
  const train = () => {
    trainable.accumulateGradients(batch, (logProbs) => logProbs.map(() => -1 / logProbs.length));
    trainable.update(1e-4, 1);
  };
  train();
  const trainSeconds = seconds(train);
  trainable.free();
  model.free();
  return {
    trainFlopPerSecond: (6 * parameters * trained) / trainSeconds,
    sampleFlopPerSecond: (2 * parameters * (trained + SEQUENCES * GENERATED)) / sampleSeconds,
    parameters,
  };
}
