import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileArtifactStore } from "@srlm/artifacts";
import { type LlamaConfig, llamaTensors, type NamedTensor, writeModelDirectory } from "@srlm/language-model";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkModelDirectory, importModel } from "./model-directory.ts";

const shape: LlamaConfig = {
  vocabSize: 12,
  hiddenSize: 8,
  intermediateSize: 8,
  layerCount: 1,
  headCount: 2,
  keyValueHeadCount: 1,
  headDimension: 4,
  rmsNormEpsilon: 1e-5,
  maxPositions: 64,
  ropeTheta: 10_000,
  ropeScaling: null,
  tiedEmbeddings: true,
  attentionBias: false,
  mlpBias: false,
  initializerRange: 0.02,
  bosTokenId: null,
  eosTokenIds: [1],
  padTokenId: null,
};
const tensors: NamedTensor[] = llamaTensors(shape).map(({ name, shape: size }) => ({
  name,
  shape: size,
  data: new Float32Array(size.reduce((product, length) => product * length, 1)),
}));
const roomy = { trainingBytes: 2 ** 30, samplingBytes: 2 ** 30, maxTokens: 0 };

let folder: string;
let model: string;
function writeModel(written: readonly NamedTensor[] = tensors): void {
  writeModelDirectory(model, shape, written);
  writeFileSync(join(model, "tokenizer.json"), "{}");
  writeFileSync(join(model, "tokenizer_config.json"), '{"chat_template":"{{ messages }}"}');
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "srlm-model-test-"));
  model = join(folder, "model");
  writeModel();
});
afterEach(() => rmSync(folder, { recursive: true }));

it("takes a directory that has all a run needs", () => {
  expect(checkModelDirectory(model, roomy).vocabSize).toBe(12);
  writeFileSync(join(model, "tokenizer_config.json"), "{}");
  writeFileSync(join(model, "chat_template.jinja"), "{{ messages }}");
  expect(checkModelDirectory(model, roomy).vocabSize).toBe(12);
});

it.each([
  ["no directory", () => rmSync(model, { recursive: true }), /model: there is no directory/],
  ["no config.json", () => rmSync(join(model, "config.json")), /has no config\.json/],
  ["no tokenizer", () => rmSync(join(model, "tokenizer.json")), /has no tokenizer\.json: copy the tokenizer/],
  ["a broken tokenizer", () => writeFileSync(join(model, "tokenizer.json"), "{"), /tokenizer\.json is not JSON/],
  ["no chat template", () => rmSync(join(model, "tokenizer_config.json")), /has no chat template/],
  ["a missing tensor", () => writeModel(tensors.slice(1)), /tensor "model\.embed_tokens\.weight" is missing/],
  [
    "a surplus tensor",
    () => writeModel([...tensors, { name: "extra", shape: [1], data: new Float32Array(1) }]),
    /tensor "extra" .* belongs to no part of the model/,
  ],
  [
    "a tensor of another shape",
    () =>
      writeModel([
        { name: "model.embed_tokens.weight", shape: [6, 16], data: new Float32Array(96) },
        ...tensors.slice(1),
      ]),
    /tensor "model\.embed_tokens\.weight" has shape \[6, 16\]/,
  ],
])("refuses a directory with %s", (_, spoil, message) => {
  spoil();
  expect(() => checkModelDirectory(model, roomy)).toThrow(message);
});

it("refuses a model that is too large before it looks at its weights, and says what it would need", () => {
  rmSync(join(model, "model.safetensors"));
  expect(() => checkModelDirectory(model, { ...roomy, trainingBytes: 10_000 })).toThrow(
    /training needs .*KiB \(weights .*gradients and moments .*\), the budget is 9\.8 KiB; use a smaller model .*SRLM_BACKEND=tensorflow/,
  );
  // A stage that answers elsewhere is asked there.
  const elsewhere = { trainingBytes: undefined, samplingBytes: undefined, maxTokens: 0 };
  expect(() => checkModelDirectory(model, elsewhere)).toThrow("model.safetensors");
});

it("stores what a run reads of a model, and nothing of what lies beside it", async () => {
  const store = await openFileArtifactStore(join(folder, "store"));
  const alone = await importModel(store, model);
  writeFileSync(join(model, "pytorch_model.bin"), "the same weights again");
  mkdirSync(join(model, "original"));
  expect(await importModel(store, model)).toEqual(alone);
  const linked = join(folder, "linked");
  mkdirSync(linked);
  for (const name of [
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
  ]) {
    symlinkSync(join(model, name), join(linked, name));
  }
  expect(await importModel(store, linked)).toEqual(alone);
});
