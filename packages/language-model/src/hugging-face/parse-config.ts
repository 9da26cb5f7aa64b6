/**
 * config.json and generation_config.json of `LlamaForCausalLM`, in the style of transformers 4 (`rope_theta`,
 * `rope_scaling`, `torch_dtype` at top level) and of transformers 5 (`rope_parameters`, `dtype`).
 *
 * A field whose value would change the computation in a way that this package does not follow is refused by name. All
 * other fields that Llama does not know are ignored, as transformers ignores them.
 */
import { LanguageModelError } from "../errors.ts";
import type { Llama3RopeScaling, LlamaConfig } from "../llama/llama-config.ts";

type Json = Readonly<Record<string, unknown>>;

/** Fields that change the computation, and the only values that mean what this package computes. */
const acceptedValues: readonly { field: string; accepted: readonly unknown[]; remedy: string }[] = [
  { field: "hidden_act", accepted: ["silu", "swish"], remedy: "only silu is computed; use another model" },
  { field: "sliding_window", accepted: [], remedy: "attention is always over the whole context; use another model" },
  { field: "attention_dropout", accepted: [0], remedy: "set it to 0.0; dropout is an option of training here" },
  { field: "partial_rotary_factor", accepted: [1], remedy: "only whole heads are rotated; use another model" },
  { field: "quantization_config", accepted: [], remedy: "use the model's unquantised version (F32, F16 or BF16)" },
];

/** Reads a parsed config.json (and generation_config.json, where there is one). `label` names the file in errors. */
export function parseLlamaConfig(config: unknown, generation: unknown = {}, label = "config.json"): LlamaConfig {
  const reader = new FieldReader(config, label);
  checkArchitecture(reader);
  const hiddenSize = reader.count("hidden_size");
  const headCount = reader.count("num_attention_heads");
  const keyValueHeadCount = reader.count("num_key_value_heads", headCount);
  if (headCount % keyValueHeadCount !== 0) {
    reader.refuse("num_key_value_heads", keyValueHeadCount, `must divide num_attention_heads ${headCount}`);
  }
  const headDimension = reader.count("head_dim", hiddenSize / headCount);
  if (headDimension % 2 !== 0) reader.refuse("head_dim", headDimension, "must be even for rotary attention");
  const vocabSize = reader.count("vocab_size");
  const fromGeneration = new FieldReader(generation, "generation_config.json");
  const eos = fromGeneration.ids("eos_token_id", vocabSize) ?? reader.ids("eos_token_id", vocabSize) ?? [];
  return {
    vocabSize,
    hiddenSize,
    intermediateSize: reader.count("intermediate_size"),
    layerCount: reader.count("num_hidden_layers"),
    headCount,
    keyValueHeadCount,
    headDimension,
    // Defaults are those of transformers' LlamaConfig.
    rmsNormEpsilon: reader.positive("rms_norm_eps", 1e-6),
    maxPositions: reader.count("max_position_embeddings", 2048),
    ...rope(reader),
    tiedEmbeddings: reader.flag("tie_word_embeddings", false),
    attentionBias: reader.flag("attention_bias", false),
    mlpBias: reader.flag("mlp_bias", false),
    initializerRange: reader.positive("initializer_range", 0.02),
    bosTokenId: reader.ids("bos_token_id", vocabSize)?.[0] ?? null,
    eosTokenIds: eos,
    // Some published models say -1 for "none".
    padTokenId: reader.value("pad_token_id") === -1 ? null : (reader.ids("pad_token_id", vocabSize)?.[0] ?? null),
  };
}

function checkArchitecture(reader: FieldReader): void {
  const type = reader.value("model_type");
  if (type !== "llama") reader.unsupported("model_type", type, "supported: llama");
  const architectures = reader.value("architectures");
  if (architectures !== null && !(Array.isArray(architectures) && architectures.includes("LlamaForCausalLM"))) {
    reader.unsupported("architectures", architectures, "supported: LlamaForCausalLM");
  }
  for (const { field, accepted, remedy } of acceptedValues) reader.acceptOnly(field, accepted, remedy);
}

/** Rotary settings: transformers 5 keeps all in rope_parameters, transformers 4 in rope_theta and rope_scaling. */
function rope(reader: FieldReader): { ropeTheta: number; ropeScaling: Llama3RopeScaling | null } {
  const field = reader.value("rope_parameters") !== null ? "rope_parameters" : "rope_scaling";
  const settings = reader.object(field);
  if (settings === null) return { ropeTheta: reader.positive("rope_theta", 10_000), ropeScaling: null };
  const theta = settings.positive("rope_theta", reader.positive("rope_theta", 10_000));
  if (theta !== reader.positive("rope_theta", theta)) {
    reader.refuse(
      "rope_theta",
      reader.value("rope_theta"),
      `must equal ${field}.rope_theta ${theta}; remove one of them`,
    );
  }
  settings.acceptOnly("partial_rotary_factor", [1], "only whole heads are rotated; use another model");
  const typeField = settings.value("rope_type") !== null ? "rope_type" : "type"; // "type" in old files
  const type = settings.value(typeField) ?? "default";
  if (type === "default") return { ropeTheta: theta, ropeScaling: null };
  if (type !== "llama3") settings.unsupported(typeField, type, "supported: default, llama3");
  const scaling = {
    factor: settings.positive("factor"),
    lowFrequencyFactor: settings.positive("low_freq_factor"),
    highFrequencyFactor: settings.positive("high_freq_factor"),
    originalMaxPositions: settings.count("original_max_position_embeddings"),
  };
  if (scaling.highFrequencyFactor <= scaling.lowFrequencyFactor) {
    settings.refuse("high_freq_factor", scaling.highFrequencyFactor, "must be greater than low_freq_factor");
  }
  return { ropeTheta: theta, ropeScaling: scaling };
}

/** Reads fields of one JSON object; an absent field and `null` mean the same, as in transformers. */
class FieldReader {
  private readonly json: Json;
  private readonly label: string;
  private readonly prefix: string;

  constructor(json: unknown, label: string, prefix = "") {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw new LanguageModelError("MODEL_CONFIG_INVALID", `${label}: ${prefix || "the file"} must be a JSON object`, {
        field: prefix || label,
      });
    }
    this.json = json as Json;
    this.label = label;
    this.prefix = prefix;
  }

  value(field: string): unknown {
    return Object.hasOwn(this.json, field) ? (this.json[field] ?? null) : null;
  }

  object(field: string): FieldReader | null {
    const value = this.value(field);
    return value === null ? null : new FieldReader(value, this.label, `${this.prefix}${field}.`);
  }

  count(field: string, fallback?: number): number {
    const value = this.value(field) ?? fallback ?? null;
    if (!Number.isSafeInteger(value) || (value as number) < 1)
      this.refuse(field, value, "must be a whole number above 0");
    return value as number;
  }

  positive(field: string, fallback?: number): number {
    const value = this.value(field) ?? fallback ?? null;
    if (typeof value !== "number" || !(value > 0)) this.refuse(field, value, "must be a number above 0");
    return value;
  }

  flag(field: string, fallback: boolean): boolean {
    const value = this.value(field) ?? fallback;
    if (typeof value !== "boolean") this.refuse(field, value, "must be true or false");
    return value;
  }

  /** One id or a list of ids; null where the field is absent. */
  ids(field: string, vocabSize: number): number[] | null {
    const value = this.value(field);
    if (value === null) return null;
    const ids: unknown[] = Array.isArray(value) ? value : [value];
    const isId = (id: unknown): id is number =>
      Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < vocabSize;
    if (!ids.every(isId)) this.refuse(field, value, `must be token ids below vocab_size ${vocabSize}`);
    return ids;
  }

  acceptOnly(field: string, accepted: readonly unknown[], remedy: string): void {
    const value = this.value(field);
    if (value !== null && !accepted.includes(value)) this.unsupported(field, value, remedy);
  }

  refuse(field: string, value: unknown, rule: string): never {
    const shown = value === null ? "is missing; it" : `${JSON.stringify(value)}`;
    throw new LanguageModelError("MODEL_CONFIG_INVALID", `${this.label}: ${this.prefix}${field} ${shown} ${rule}`, {
      field: this.prefix + field,
      value: JSON.stringify(value),
    });
  }

  unsupported(field: string, value: unknown, remedy: string): never {
    const shown = JSON.stringify(value);
    throw new LanguageModelError(
      "MODEL_UNSUPPORTED",
      `${this.label}: ${this.prefix}${field} ${shown} is not supported; ${remedy}`,
      { field: this.prefix + field, value: shown },
    );
  }
}
