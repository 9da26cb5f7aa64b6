import { describe, expect, it } from "vitest";
import { LanguageModelError } from "../errors.ts";
import { tinyConfig } from "../testing/tiny-config.ts";
import { parseLlamaConfig } from "./parse-config.ts";
import { generationConfigJson, llamaConfigJson } from "./write-config.ts";

const minimal = {
  model_type: "llama",
  vocab_size: 100,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 4,
};
const llama3 = {
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 64,
};

describe("parseLlamaConfig", () => {
  it("fills absent fields as transformers does", () => {
    expect(parseLlamaConfig(minimal)).toEqual({
      vocabSize: 100,
      hiddenSize: 32,
      intermediateSize: 48,
      layerCount: 2,
      headCount: 4,
      keyValueHeadCount: 4,
      headDimension: 8,
      rmsNormEpsilon: 1e-6,
      maxPositions: 2048,
      ropeTheta: 10_000,
      ropeScaling: null,
      tiedEmbeddings: false,
      attentionBias: false,
      mlpBias: false,
      initializerRange: 0.02,
      bosTokenId: null,
      eosTokenIds: [],
      padTokenId: null,
    });
  });

  it("reads both styles of rotary settings to the same values", () => {
    const v4 = parseLlamaConfig({ ...minimal, rope_theta: 500, rope_scaling: { ...llama3, rope_type: "llama3" } });
    const v5 = parseLlamaConfig({ ...minimal, rope_parameters: { ...llama3, rope_type: "llama3", rope_theta: 500 } });
    const old = parseLlamaConfig({ ...minimal, rope_theta: 500, rope_scaling: { ...llama3, type: "llama3" } });
    expect(v4.ropeTheta).toBe(500);
    expect(v4.ropeScaling).toEqual({
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalMaxPositions: 64,
    });
    expect(v5).toEqual(v4);
    expect(old).toEqual(v4);
  });

  it("takes end tokens from generation_config.json first, one or many", () => {
    expect(parseLlamaConfig({ ...minimal, eos_token_id: 5 }).eosTokenIds).toEqual([5]);
    expect(parseLlamaConfig({ ...minimal, eos_token_id: 5 }, { eos_token_id: [7, 8] }).eosTokenIds).toEqual([7, 8]);
  });

  it("ignores fields that Llama does not know, and -1 as padding id", () => {
    const config = parseLlamaConfig({
      ...minimal,
      rope_interleaved: false,
      "transformers.js_config": {},
      pad_token_id: -1,
    });
    expect(config.padTokenId).toBeNull();
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["another family", { model_type: "qwen2" }, 'config.json: model_type "qwen2" is not supported; supported: llama'],
    ["another head", { architectures: ["LlamaForSequenceClassification"] }, "supported: LlamaForCausalLM"],
    ["another activation", { hidden_act: "gelu" }, 'hidden_act "gelu" is not supported'],
    ["a sliding window", { sliding_window: 16 }, "sliding_window 16 is not supported"],
    ["attention dropout", { attention_dropout: 0.1 }, "attention_dropout 0.1 is not supported; set it to 0.0"],
    ["quantised weights", { quantization_config: { bits: 4 } }, "unquantised version"],
    [
      "other rotary scaling",
      { rope_scaling: { rope_type: "yarn", factor: 2 } },
      'rope_scaling.rope_type "yarn" is not supported',
    ],
    ["linear scaling of old files", { rope_scaling: { type: "linear", factor: 2 } }, 'rope_scaling.type "linear"'],
    [
      "partial rotation",
      { rope_parameters: { partial_rotary_factor: 0.5 } },
      "rope_parameters.partial_rotary_factor 0.5",
    ],
  ])("refuses %s as unsupported", (_, fields, message) => {
    expect(() => parseLlamaConfig({ ...minimal, ...fields })).toThrow(message);
    expect(() => parseLlamaConfig({ ...minimal, ...fields })).toThrow(
      expect.objectContaining({ reason: "MODEL_UNSUPPORTED" }),
    );
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["a missing size", { hidden_size: undefined }, "hidden_size is missing; it must be a whole number above 0"],
    ["a size of zero", { num_hidden_layers: 0 }, "num_hidden_layers 0 must be a whole number above 0"],
    ["a fractional head", { hidden_size: 30 }, "head_dim 7.5"],
    ["an odd head", { head_dim: 7 }, "head_dim 7 must be even"],
    ["ungrouped heads", { num_key_value_heads: 3 }, "num_key_value_heads 3 must divide num_attention_heads 4"],
    ["an end token outside", { eos_token_id: 100 }, "eos_token_id 100 must be token ids below vocab_size 100"],
    ["text for a flag", { mlp_bias: "no" }, 'mlp_bias "no" must be true or false'],
    ["an incomplete llama3 scaling", { rope_scaling: { rope_type: "llama3" } }, "rope_scaling.factor is missing"],
    [
      "two rotary bases",
      { rope_theta: 5, rope_parameters: { rope_theta: 6 } },
      "rope_theta 5 must equal rope_parameters.rope_theta 6",
    ],
  ])("refuses %s as invalid", (_, fields, message) => {
    expect(() => parseLlamaConfig({ ...minimal, ...fields })).toThrow(message);
    expect(() => parseLlamaConfig({ ...minimal, ...fields })).toThrow(LanguageModelError);
  });

  it("refuses what is not an object", () => {
    expect(() => parseLlamaConfig([])).toThrow("config.json: the file must be a JSON object");
  });

  it("reads back what is written", () => {
    const scaled = {
      ...tinyConfig,
      ropeScaling: { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 64 },
      eosTokenIds: [2, 3],
      attentionBias: true,
      padTokenId: null,
    };
    for (const config of [tinyConfig, scaled]) {
      expect(parseLlamaConfig(llamaConfigJson(config), generationConfigJson(config))).toEqual(config);
    }
  });
});
