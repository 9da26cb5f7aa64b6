import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { elementCount, type LlamaConfig, llamaTensors } from "../llama/llama-config.ts";
import { tinyConfig } from "../testing/tiny-config.ts";
import { ModelDirectory, readModelConfig } from "./read-model-directory.ts";
import { type NamedTensor, writeSafetensors } from "./safetensors.ts";
import { writeModelDirectory } from "./write-model-directory.ts";

const folder = mkdtempSync(join(tmpdir(), "model-directory-"));
let directory: string;
let count = 0;
beforeEach(() => {
  directory = join(folder, String(count++));
});
afterAll(() => rmSync(folder, { recursive: true }));

function weights(config: LlamaConfig): NamedTensor[] {
  return llamaTensors(config).map(({ name, shape }, t) => ({
    name,
    shape,
    data: Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(i + 100 * t)),
  }));
}

function writeWith(tensors: readonly NamedTensor[]): void {
  writeModelDirectory(directory, tinyConfig, tensors);
}

function openAndClose(): void {
  ModelDirectory.open(directory).close();
}

describe("model directories", () => {
  it.each([tinyConfig, { ...tinyConfig, tiedEmbeddings: false, attentionBias: true, mlpBias: true, headDimension: 6 }])(
    "returns what was written",
    (config) => {
      const tensors = weights(config);
      writeModelDirectory(directory, config, tensors);
      const model = ModelDirectory.open(directory);
      expect(model.config).toEqual(config);
      expect(model.tensors.map(({ name }) => name)).toEqual(tensors.map(({ name }) => name));
      for (const { name, data } of tensors) expect(model.read(name)).toEqual(data);
      model.close();
      expect(readdirSync(directory).sort()).toEqual(["config.json", "generation_config.json", "model.safetensors"]);
    },
  );

  it("reads shards by their index", () => {
    const tensors = weights(tinyConfig);
    writeWith([]);
    rmSync(join(directory, "model.safetensors"));
    const files = ["one.safetensors", "two.safetensors"] as const;
    writeSafetensors(join(directory, files[0]), tensors.slice(0, 5));
    writeSafetensors(join(directory, files[1]), tensors.slice(5));
    const index = (map: Record<string, string>) =>
      writeFileSync(join(directory, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
    const map = Object.fromEntries(tensors.map(({ name }, i) => [name, files[i < 5 ? 0 : 1]]));
    index(map);
    const model = ModelDirectory.open(directory);
    for (const { name, data } of tensors) expect(model.read(name)).toEqual(data);
    model.close();

    index({ ...map, "model.norm.weight": files[0] });
    expect(openAndClose).toThrow(/"model.norm.weight" (lies in two|is listed by .* in one)/);
    index({ ...map, "model.norm.weight": "../two.safetensors" });
    expect(openAndClose).toThrow('weight_map["model.norm.weight"] is "../two.safetensors", not the name of a file');
    index({ ...map, "model.norm.weight": "three.safetensors" });
    expect(openAndClose).toThrow("three.safetensors: cannot be read");
  });

  it("names a missing tensor", () => {
    writeWith(weights(tinyConfig).filter(({ name }) => name !== "model.layers.1.mlp.up_proj.weight"));
    expect(openAndClose).toThrow('tensor "model.layers.1.mlp.up_proj.weight" is missing');
  });

  it("names a surplus tensor", () => {
    writeWith([
      ...weights(tinyConfig),
      { name: "model.layers.0.self_attn.q_proj.bias", shape: [1], data: Float32Array.of(0) },
    ]);
    expect(openAndClose).toThrow('tensor "model.layers.0.self_attn.q_proj.bias" in');
  });

  it("names a mis-shaped tensor", () => {
    writeWith(weights(tinyConfig).map((t) => (t.name === "model.norm.weight" ? { ...t, shape: [2, 4] } : t)));
    expect(openAndClose).toThrow(/"model.norm.weight" has shape \[2, 4\] in .*; config.json demands \[8\]/);
  });

  it("skips stored rotary frequencies", () => {
    writeWith([
      ...weights(tinyConfig),
      { name: "model.layers.0.self_attn.rotary_emb.inv_freq", shape: [2], data: new Float32Array(2) },
    ]);
    expect(openAndClose).not.toThrow();
  });

  it("accepts the output projection of a tied model where it equals the embedding, and only then", () => {
    const tensors = weights(tinyConfig);
    const embedding = tensors[0] as NamedTensor;
    writeWith([...tensors, { ...embedding, name: "lm_head.weight" }]);
    expect(openAndClose).not.toThrow();
    writeWith([...tensors, { ...embedding, name: "lm_head.weight", data: embedding.data.map((x) => x + 1) }]);
    expect(openAndClose).toThrow('tensor "lm_head.weight" in');
  });

  it("names a directory without configuration or weights, and a broken configuration", () => {
    expect(() => readModelConfig(directory)).toThrow("has no config.json");
    writeWith(weights(tinyConfig));
    rmSync(join(directory, "model.safetensors"));
    expect(openAndClose).toThrow("model.safetensors: cannot be read");
    writeFileSync(join(directory, "config.json"), "{");
    expect(() => readModelConfig(directory)).toThrow("config.json: is not JSON");
  });
});
