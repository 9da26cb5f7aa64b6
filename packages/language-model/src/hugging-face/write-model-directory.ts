import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LlamaConfig } from "../llama/llama-config.ts";
import { type NamedTensor, writeSafetensors } from "./safetensors.ts";
import { generationConfigJson, llamaConfigJson } from "./write-config.ts";

/**
 * Writes config.json, generation_config.json and model.safetensors (F32) to `directory`, making it if need be; other
 * files there (the tokenizer's) stay as they are. The same weights give the same bytes.
 */
export function writeModelDirectory(directory: string, config: LlamaConfig, tensors: readonly NamedTensor[]): void {
  mkdirSync(directory, { recursive: true });
  writeJson(join(directory, "config.json"), llamaConfigJson(config));
  writeJson(join(directory, "generation_config.json"), generationConfigJson(config));
  // transformers refuses files without this metadata entry.
  writeSafetensors(join(directory, "model.safetensors"), tensors, { format: "pt" });
}

function writeJson(path: string, value: Record<string, unknown>): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
