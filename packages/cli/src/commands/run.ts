import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { openFileArtifactStore } from "@srlm/artifacts";
import type { LlamaConfig } from "@srlm/language-model";
import { type Config, writeConfig } from "@srlm/orchestration";
import { CliError } from "../cli-error.ts";
import { readConfig } from "../config/read-config.ts";
import { type EnginePlan, planEngines, thisMachine } from "../embedded/engine-plan.ts";
import { resolvedBackend } from "../embedded/resolved-backend.ts";
import { EXIT } from "../exit-codes.ts";
import { importInputs } from "../inputs/import-inputs.ts";
import { checkModelDirectory, readShape } from "../inputs/model-directory.ts";
import type { Output } from "../output.ts";
import { neededBytes, newModelShape } from "../plan/model-needs.ts";
import { checkFolder, RunFolder, type RunRecord, type RunRequest } from "../run/run-folder.ts";
import { dryRun } from "./dry-run.ts";
import { finishRun } from "./finish-run.ts";
import { showFinished } from "./report.ts";

export interface RunOptions {
  readonly set: readonly string[];
  readonly out?: string;
  /** The first N reporting seeds, pooled. */
  readonly seeds?: number;
  readonly json: boolean;
  readonly dryRun: boolean;
}

/** The seeds that `--seeds N` asks for; without it, the first reporting seed. */
export function chosenSeeds(config: Pick<Config, "seeds">, count: number | undefined): number[] {
  const { reporting } = config.seeds;
  if (count === undefined) return reporting.slice(0, 1);
  if (count <= reporting.length) return reporting.slice(0, count);
  throw new CliError(
    EXIT.usage,
    `--seeds ${count}: the configuration has ${reporting.length} reporting seeds (${reporting.join(", ")}); add some to seeds.reporting, or ask for fewer`,
  );
}

/** The shape of the model that is trained, where it is known before anything runs. */
export function modelShape(config: Config): LlamaConfig {
  return config.model === undefined ? newModelShape(config) : readShape(resolve(config.model));
}

/** Engines on this machine for a model that needs so much memory. */
export function enginesFor(engineBytes: number): EnginePlan {
  return planEngines(resolvedBackend(process.env), thisMachine(), process.env, engineBytes);
}

function checkModel(config: Config, engines: EnginePlan): void {
  if (config.model === undefined) return;
  const { training, inference } = config.services;
  checkModelDirectory(resolve(config.model), {
    trainingBytes: training === undefined ? engines.memoryBytes : undefined,
    samplingBytes: inference === undefined ? engines.memoryBytes : undefined,
    maxTokens: config.data.max_tokens,
  });
}

/** Imports the inputs of all seeds; where that fails, a folder that was not there before is not left behind. */
async function begin(folder: RunFolder, request: RunRequest, config: Config): Promise<RunRecord> {
  const existed = existsSync(folder.path);
  try {
    const store = await openFileArtifactStore(folder.artifactsPath);
    const inputs: Record<string, RunRecord["inputs"][string]> = {};
    for (const seed of request.seeds) inputs[seed] = await importInputs(store, config, seed, (path) => resolve(path));
    return folder.create(request, inputs);
  } catch (error) {
    if (!existed) rmSync(folder.path, { recursive: true, force: true });
    throw error;
  }
}

/** `srlm run CONFIG`. Returns the exit code. */
export async function run(path: string, options: RunOptions, output: Output): Promise<number> {
  const config = readConfig(path, options.set);
  const seeds = chosenSeeds(config, options.seeds);
  const shape = modelShape(config);
  const engineBytes = neededBytes(config, shape);
  const engines = enginesFor(engineBytes);
  checkModel(config, engines);
  const folder = new RunFolder(options.out ?? join("runs", config.name));
  if (options.dryRun) return dryRun({ config, seeds, shape, engines, folder, json: options.json }, output);

  const request: RunRequest = { config: writeConfig(config), seeds, pooled: options.seeds !== undefined, engineBytes };
  const use = checkFolder(folder, request);
  if (use === "finished") return showFinished(folder, options.json, output);
  if (use === "unfinished") output.err(`${folder.name} holds this run, unfinished: going on with it.\n`);
  const record = folder.read() ?? (await begin(folder, request, config));
  return finishRun({ folder, record, engines, json: options.json }, output);
}
