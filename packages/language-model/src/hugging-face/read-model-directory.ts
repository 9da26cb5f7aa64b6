/**
 * Opens a Hugging Face model directory: config.json and generation_config.json at once, weights tensor by tensor.
 * Weights lie in `model.safetensors`, or in the shards that `model.safetensors.index.json` lists (the first goes
 * before the second, as in transformers).
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { LanguageModelError } from "../errors.ts";
import { type LlamaConfig, llamaTensors, type TensorSpec } from "../llama/llama-config.ts";
import { parseLlamaConfig } from "./parse-config.ts";
import { SafetensorsReader } from "./safetensors.ts";

/** Reads and checks config.json (and generation_config.json where there is one) and no weight. */
export function readModelConfig(directory: string): LlamaConfig {
  const path = join(directory, "config.json");
  if (!existsSync(path)) {
    throw new LanguageModelError(
      "MODEL_NOT_FOUND",
      `${directory}: has no config.json; give a Hugging Face model directory`,
      {
        field: directory,
      },
    );
  }
  const generationPath = join(directory, "generation_config.json");
  const generation = existsSync(generationPath) ? readJson(generationPath) : {};
  return parseLlamaConfig(readJson(path), generation, path);
}

/** An opened model directory, whose tensors are known to have the names and shapes that its configuration demands. */
export class ModelDirectory {
  readonly directory: string;
  readonly config: LlamaConfig;
  readonly tensors: readonly TensorSpec[];
  private readonly files: ReadonlyMap<string, SafetensorsReader>;
  private readonly readers: readonly SafetensorsReader[];

  private constructor(directory: string, config: LlamaConfig) {
    this.directory = directory;
    this.config = config;
    this.tensors = llamaTensors(config);
    const opened: SafetensorsReader[] = [];
    try {
      this.files = locateTensors(directory, opened);
      checkTensors(directory, config, this.tensors, this.files);
    } catch (error) {
      for (const reader of opened) reader.close();
      throw error;
    }
    this.readers = opened;
  }

  /**
   * Throws MODEL_NOT_FOUND, MODEL_CONFIG_INVALID, MODEL_UNSUPPORTED, MODEL_FILE_INVALID, or MODEL_TENSOR_MISMATCH naming the
   * missing, surplus or mis-shaped tensor. Close it after use.
   */
  static open(directory: string): ModelDirectory {
    return new ModelDirectory(directory, readModelConfig(directory));
  }

  /** Values of one of `tensors`, widened to f32, row-major. */
  read(name: string): Float32Array {
    return (this.files.get(name) as SafetensorsReader).read(name);
  }

  close(): void {
    for (const reader of this.readers) reader.close();
  }
}

/** Which opened file holds each tensor; every reader opened is pushed to `opened`. */
function locateTensors(directory: string, opened: SafetensorsReader[]): Map<string, SafetensorsReader> {
  const open = (name: string) => {
    const reader = SafetensorsReader.open(join(directory, name));
    opened.push(reader);
    return reader;
  };
  const indexPath = join(directory, "model.safetensors.index.json");
  if (existsSync(join(directory, "model.safetensors")) || !existsSync(indexPath)) {
    const reader = open("model.safetensors");
    return new Map([...reader.entries.keys()].map((name) => [name, reader]));
  }
  const weightMap = readWeightMap(indexPath);
  const shards = new Map([...new Set(Object.values(weightMap))].map((file) => [file, open(file)]));
  for (const [file, reader] of shards) {
    for (const name of reader.entries.keys()) {
      if (weightMap[name] !== file) throw mismatch(name, `lies in ${file}, but ${indexPath} does not list it there`);
    }
  }
  return new Map(
    Object.entries(weightMap).map(([name, file]) => {
      const reader = shards.get(file) as SafetensorsReader;
      if (!reader.entries.has(name))
        throw mismatch(name, `is listed by ${indexPath} in ${file}, which does not hold it`);
      return [name, reader];
    }),
  );
}

function readWeightMap(path: string): Record<string, string> {
  const index = readJson(path) as { weight_map?: unknown } | null;
  const map = index?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new LanguageModelError("MODEL_FILE_INVALID", `${path}: weight_map must map tensor names to files`, {
      field: path,
    });
  }
  for (const [name, file] of Object.entries(map)) {
    // A plain file name: an index must not point out of its directory.
    if (typeof file !== "string" || file !== basename(file) || file.includes("\\") || file.startsWith(".")) {
      throw new LanguageModelError(
        "MODEL_FILE_INVALID",
        `${path}: weight_map["${name}"] is ${JSON.stringify(file)}, not the name of a file beside the index`,
        { field: name, value: JSON.stringify(file) },
      );
    }
  }
  return map as Record<string, string>;
}

function checkTensors(
  directory: string,
  config: LlamaConfig,
  expected: readonly TensorSpec[],
  files: ReadonlyMap<string, SafetensorsReader>,
): void {
  for (const { name, shape } of expected) {
    const entry = files.get(name)?.entries.get(name);
    if (entry === undefined) {
      const hint =
        name === "lm_head.weight" ? " (set tie_word_embeddings if the embedding is the output projection)" : "";
      throw mismatch(name, `is missing in ${directory}; config.json demands it${hint}`);
    }
    if (entry.shape.length !== shape.length || entry.shape.some((size, i) => size !== shape[i])) {
      throw mismatch(
        name,
        `has shape [${entry.shape.join(", ")}] in ${directory}; config.json demands [${shape.join(", ")}]`,
      );
    }
  }
  const names = new Set(expected.map(({ name }) => name));
  for (const [name, reader] of files) {
    if (names.has(name) || isRotaryBuffer(name)) continue;
    if (name === "lm_head.weight" && config.tiedEmbeddings) checkTiedHead(directory, reader, files);
    else throw mismatch(name, `in ${directory} belongs to no part of the model that config.json describes`);
  }
}

/** Old checkpoints hold rotary frequencies, which follow from config.json; transformers skips them as well. */
function isRotaryBuffer(name: string): boolean {
  return name.endsWith(".rotary_emb.inv_freq");
}

/**
 * Some checkpoints with tied embeddings hold the output projection once more. That is the same model as long as both
 * are equal; where they differ transformers 4 and 5 disagree which one counts, so it is refused.
 */
function checkTiedHead(
  directory: string,
  head: SafetensorsReader,
  files: ReadonlyMap<string, SafetensorsReader>,
): void {
  const embedding = files.get("model.embed_tokens.weight")?.read("model.embed_tokens.weight") as Float32Array;
  const projection = head.read("lm_head.weight");
  if (projection.length === embedding.length && projection.every((value, i) => value === embedding[i])) return;
  throw mismatch(
    "lm_head.weight",
    `in ${directory} differs from model.embed_tokens.weight, though config.json ties them; set tie_word_embeddings to false or remove it`,
  );
}

function readJson(path: string): unknown {
  const text = readFileSync(path, "utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LanguageModelError("MODEL_CONFIG_INVALID", `${path}: is not JSON: ${(cause as Error).message}`, {
      field: path,
      cause,
    });
  }
}

function mismatch(name: string, what: string): LanguageModelError {
  return new LanguageModelError("MODEL_TENSOR_MISMATCH", `tensor "${name}" ${what}`, { field: name });
}
