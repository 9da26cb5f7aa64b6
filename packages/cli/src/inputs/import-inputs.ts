import { readFileSync } from "node:fs";
import type { ArtifactRef, ArtifactStore } from "@srlm/artifacts";
import { parseRubricTemplate } from "@srlm/judging";
import { type Config, expectedInputs } from "@srlm/orchestration";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { fileInputs } from "./file-inputs.ts";
import { importModel } from "./model-directory.ts";
import { tinyWorldInputs } from "./tiny-world-inputs.ts";

async function importRubric(store: ArtifactStore, path: string): Promise<ArtifactRef> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new CliError(EXIT.usage, `judging.rubric_file: cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  parseRubricTemplate(text);
  return store.put(Buffer.from(text), { mediaType: "text/plain" });
}

function expected(config: Config, inputs: Readonly<Record<string, ArtifactRef>>): Record<string, ArtifactRef> {
  const names = new Set(expectedInputs(config).map(({ name }) => name));
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => names.has(name)));
}

/**
 * What the configuration's `data` stands for, as artifacts. Equal files and seed give equal digests. `resolve` gives
 * the place of a path of the configuration.
 *
 * Errors: those of `fileInputs`; CliError and RubricError for the user's rubric.
 */
export async function importData(
  store: ArtifactStore,
  config: Config,
  seed: number,
  resolve: (path: string) => string,
): Promise<Record<string, ArtifactRef>> {
  const inputs =
    config.data.world === undefined
      ? await fileInputs(store, config, seed, resolve)
      : await tinyWorldInputs(store, config, seed);
  const { rubric_file: rubric } = config.judging;
  if (rubric !== undefined) inputs["rubric"] = await importRubric(store, resolve(rubric));
  return expected(config, inputs);
}

/** All inputs of a run of one seed: `importData`, and the model where one is given. */
export async function importInputs(
  store: ArtifactStore,
  config: Config,
  seed: number,
  resolve: (path: string) => string,
): Promise<Record<string, ArtifactRef>> {
  const data = await importData(store, config, seed, resolve);
  return config.model === undefined ? data : { ...data, model: await importModel(store, resolve(config.model)) };
}
