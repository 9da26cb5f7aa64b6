import { describe, expect, it } from "vitest";
import { tinyConfig } from "../testing/tiny-config.ts";
import { initialWeights } from "./initial-weights.ts";
import { type LlamaConfig, llamaTensors, type TensorSpec } from "./llama-config.ts";

const config: LlamaConfig = {
  ...tinyConfig,
  vocabSize: 91,
  hiddenSize: 64,
  intermediateSize: 176,
  headDimension: 16,
  keyValueHeadCount: 4,
  attentionBias: true,
};
const make = initialWeights(config, { seed: 5 });

function spec(name: string): TensorSpec {
  return llamaTensors(config).find((tensor) => tensor.name === name) as TensorSpec;
}

function std(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
}

describe("initialWeights", () => {
  it.each([
    ["model.embed_tokens.weight", 0.1],
    ["model.layers.0.self_attn.q_proj.weight", 1 / 8],
    ["model.layers.1.self_attn.o_proj.weight", 1 / 8 / 2],
    ["model.layers.0.mlp.gate_proj.weight", 1 / 8],
    ["model.layers.1.mlp.down_proj.weight", 1 / Math.sqrt(176) / 2],
  ])("draws %s with standard deviation %f", (name, expected) => {
    const values = make(spec(name));
    const margin = 4 / Math.sqrt(2 * values.length); // 4 standard errors of a standard deviation
    expect(std(values) / expected).toBeGreaterThan(1 - margin);
    expect(std(values) / expected).toBeLessThan(1 + margin);
    expect(Math.abs(values.reduce((a, b) => a + b) / values.length / expected)).toBeLessThan(
      4 / Math.sqrt(values.length),
    );
  });

  it("sets norms to 1 and biases to 0", () => {
    for (const name of [
      "model.norm.weight",
      "model.layers.0.input_layernorm.weight",
      "model.layers.1.post_attention_layernorm.weight",
    ]) {
      expect(make(spec(name)).every((x) => x === 1)).toBe(true);
    }
    expect(make(spec("model.layers.0.self_attn.q_proj.bias")).every((x) => x === 0)).toBe(true);
  });

  it("is a function of the seed and the tensor", () => {
    const name = "model.layers.0.self_attn.q_proj.weight";
    expect(make(spec(name))).toEqual(initialWeights(config, { seed: 5 })(spec(name)));
    expect(make(spec(name))).not.toEqual(initialWeights(config, { seed: 6 })(spec(name)));
    expect(make(spec(name))).not.toEqual(make(spec("model.layers.1.self_attn.q_proj.weight")));
  });
});
