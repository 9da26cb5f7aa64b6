/**
 * A user's model, checked before anything is started: what is missing or does not fit is named here, and a model that
 * the machine cannot hold is refused before a byte of its weights is read.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ArtifactRef, type ArtifactStore, recordOrigin } from "@srlm/artifacts";
import { checkMemory, type LlamaConfig, ModelDirectory, readModelConfig } from "@srlm/language-model";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

/** What a run reads of a model; snapshots of the hub hold the same weights in other formats beside it. */
const USED_FILES =
  /^(?:config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|model\.safetensors\.index)\.json$|^(?:chat_template\.jinja|merges\.txt|tokenizer\.model)$|\.safetensors$/;

function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new CliError(EXIT.usage, `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function checkTokenizer(directory: string): void {
  const path = join(directory, "tokenizer.json");
  if (!existsSync(path)) {
    throw new CliError(
      EXIT.usage,
      `${directory} has no tokenizer.json: copy the tokenizer of the model there, or convert it with transformers (AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR))`,
    );
  }
  readJsonFile(path);
}

/** Whether conversations can be rendered: `chat_template` of tokenizer_config.json, or chat_template.jinja. */
function checkChatTemplate(directory: string): void {
  if (existsSync(join(directory, "chat_template.jinja"))) return;
  const path = join(directory, "tokenizer_config.json");
  const config = existsSync(path) ? (readJsonFile(path) as { chat_template?: unknown } | null) : null;
  if (config?.chat_template !== undefined && config.chat_template !== null) return;
  throw new CliError(
    EXIT.usage,
    `${directory} has no chat template (chat_template in tokenizer_config.json, or chat_template.jinja): prompts and answers of a run are turns of a conversation; add one, or use the model's instruct version`,
  );
}

export interface ModelLimits {
  /** Of one training engine; undefined where training answers elsewhere. */
  readonly trainingBytes: number | undefined;
  /** Of one sampling engine; undefined where inference answers elsewhere. */
  readonly samplingBytes: number | undefined;
  /** Longest training example in tokens; 0: the model's context. */
  readonly maxTokens: number;
}

/** The shape of a model, from config.json alone. Errors: CliError where there is no such directory; LanguageModelError. */
export function readShape(directory: string): LlamaConfig {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new CliError(EXIT.usage, `model: there is no directory ${directory}; give a Hugging Face model directory`);
  }
  return readModelConfig(directory);
}

/**
 * Errors: CliError for the directory, its tokenizer and chat template; LanguageModelError MODEL_NOT_FOUND,
 * MODEL_CONFIG_INVALID, MODEL_UNSUPPORTED, MODEL_TENSOR_MISMATCH, MODEL_FILE_INVALID, MODEL_TOO_LARGE.
 */
export function checkModelDirectory(directory: string, limits: ModelLimits): LlamaConfig {
  const shape = readShape(directory);
  const tokens = Math.min(limits.maxTokens || shape.maxPositions, shape.maxPositions);
  if (limits.trainingBytes !== undefined) checkMemory(directory, shape, "training", limits.trainingBytes, tokens);
  if (limits.samplingBytes !== undefined) checkMemory(directory, shape, "sampling", limits.samplingBytes, tokens);
  checkTokenizer(directory);
  checkChatTemplate(directory);
  ModelDirectory.open(directory).close();
  return shape;
}

/** Stores the files of a model that a run uses. Links, as in the hub's cache, are followed. */
export async function importModel(store: ArtifactStore, directory: string): Promise<ArtifactRef> {
  const selected = mkdtempSync(join(tmpdir(), "srlm-model-"));
  try {
    for (const name of readdirSync(directory).filter((file) => USED_FILES.test(file))) {
      symlinkSync(resolve(directory, name), join(selected, name));
    }
    const ref = await store.putDirectory(selected, { followLinks: true });
    await recordOrigin(store, ref, { kind: "model", producer: "import", inputs: {}, parameters: {} });
    return ref;
  } finally {
    rmSync(selected, { recursive: true });
  }
}
