/** What the wasm backend takes of the machine, against the estimate. Alone in its process: the heap never shrinks. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createBackend } from "@srlm/tensor-kernels";
import { expect, it } from "vitest";
import { LanguageModel } from "./language-model.ts";
import { activationBytes, estimateMemory, rowBytes } from "./memory-estimate.ts";
import { tinyConfig } from "./testing/tiny-config.ts";
import { packBatch } from "./token-batch.ts";
import { TrainableModel } from "./trainable-model.ts";

/** 3.7 million parameters. */
const config = {
  ...tinyConfig,
  vocabSize: 2048,
  hiddenSize: 256,
  intermediateSize: 688,
  layerCount: 4,
  headCount: 4,
  keyValueHeadCount: 4,
  headDimension: 64,
  maxPositions: 384,
};

/** Emscripten grows the heap to up to a fifth more than is needed. */
const heapGrowth = 1.2;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Typed arrays that are alive and the heap of the WebAssembly module. */
function external(): number {
  collectGarbage();
  return process.memoryUsage().external;
}

it("sampling and training take what is estimated, and at least half of it", async () => {
  const before = external();
  const backend = await createBackend("wasm");
  const model = LanguageModel.initialise(backend, config, { seed: 1 });
  const ids = Array.from({ length: 384 }, (_, i) => i % 100);

  const rows = Array.from({ length: 8 }, (_, i) => ids.slice(0, 100 + i));
  const cache = model.createCache(rows.length);
  const offsets = Int32Array.from({ length: 9 }, (_, b) => rows.slice(0, b).flat().length);
  model.extend(cache, Int32Array.from(rows.flat()), offsets);
  model.extend(
    cache,
    new Int32Array(8),
    Int32Array.from({ length: 9 }, (_, b) => b),
  );
  const tokens = rows.flat().length;
  const sampling =
    estimateMemory(config, "sampling").weightBytes +
    tokens * activationBytes(config, "sampling") +
    8 * rowBytes(config, 108);
  const forSampling = (external() - before) / sampling;
  cache.free();

  const trained = new TrainableModel(model, { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0 });
  const batch = packBatch([{ ids, firstTarget: 1 }], config);
  for (let step = 0; step < 2; step++) {
    trained.accumulateGradients(batch, (logProbs) => logProbs.map(() => -1 / 383));
    trained.update(1e-3, 1);
  }
  const forTraining = (external() - before) / estimateMemory(config, "training", ids.length).totalBytes;
  trained.free();
  model.free();
  for (const share of [forSampling, forTraining]) {
    expect(share).toBeLessThan(heapGrowth);
    expect(share).toBeGreaterThan(0.5);
  }
});
