/** Directories that the product writes, opened by transformers: same logits, no tensor missing or left over. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LanguageModel, type LlamaConfig } from "@srlm/language-model";
import { createBackend } from "@srlm/tensor-kernels";
import { afterAll, describe, expect, it } from "vitest";
import { largestError, valueTolerance } from "./tolerance.ts";
import { hasTransformers, runPython } from "./transformers-python.ts";

const script = `
import json, sys, torch, transformers
model, info = transformers.AutoModelForCausalLM.from_pretrained(sys.argv[1], output_loading_info=True)
model = model.float().eval()
ids = torch.tensor([json.loads(sys.argv[2])])
with torch.no_grad():
    logits = model(ids).logits[0, -1].tolist()
json.dump({
    "logits": logits,
    "problems": [str(info[key]) for key in ("missing_keys", "unexpected_keys", "mismatched_keys") if info[key]],
    "dtype": str(next(model.parameters()).dtype),
    "eos": model.generation_config.eos_token_id,
    "version": transformers.__version__,
}, sys.stdout)
`;

const tiny: LlamaConfig = {
  vocabSize: 91,
  hiddenSize: 64,
  intermediateSize: 176,
  layerCount: 2,
  headCount: 4,
  keyValueHeadCount: 4,
  headDimension: 16,
  rmsNormEpsilon: 1e-5,
  maxPositions: 128,
  ropeTheta: 100,
  ropeScaling: null,
  tiedEmbeddings: true,
  attentionBias: false,
  mlpBias: false,
  initializerRange: 0.02,
  bosTokenId: null,
  eosTokenIds: [6],
  padTokenId: 0,
};

const configs: [string, LlamaConfig][] = [
  ["the tiny world's shape", tiny],
  [
    "untied, biases, grouped queries, a head of its own width, several end tokens",
    {
      ...tiny,
      tiedEmbeddings: false,
      attentionBias: true,
      mlpBias: true,
      keyValueHeadCount: 2,
      headDimension: 24,
      eosTokenIds: [6, 7],
    },
  ],
  [
    "llama3 rotary scaling",
    {
      ...tiny,
      ropeTheta: 10_000,
      ropeScaling: { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 32 },
    },
  ],
];

describe.runIf(hasTransformers)("directories in transformers", () => {
  const folder = mkdtempSync(join(tmpdir(), "srlm-transformers-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(configs)("%s", async (name, config) => {
    const model = LanguageModel.initialise(await createBackend("wasm"), config, { seed: 1, embeddingStd: 0.5 });
    const directory = join(folder, name);
    model.save(directory);
    const ids = Array.from({ length: 100 }, (_, i) => (i * i + 3) % config.vocabSize);
    const cache = model.createCache(1);
    const logits = model.extend(cache, Int32Array.from(ids), Int32Array.of(0, ids.length));
    cache.free();
    model.free();
    const theirs = runPython<{ logits: number[]; problems: string[]; dtype: string; eos: number | number[] }>(
      script,
      directory,
      JSON.stringify(ids),
    );
    expect(theirs.problems).toEqual([]);
    expect(theirs.dtype).toBe("torch.float32");
    expect([theirs.eos].flat()).toEqual(config.eosTokenIds);
    expect(largestError(logits, theirs.logits)).toBeLessThan(valueTolerance);
  });
});
