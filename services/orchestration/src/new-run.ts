import { type ArtifactStore, promptKind, readRecords } from "@srlm/artifacts";
import type { orchestration } from "@srlm/contracts";
import { invalidArgument, ServiceError, Status } from "@srlm/service-kit";
import { ConfigError, formatIssue } from "./config/config-error.ts";
import { parseConfig } from "./config/parse-config.ts";
import type { Config } from "./config/schema.ts";
import { inputProblems } from "./run/inputs.ts";
import type { InputFacts } from "./run/run-state.ts";
import type { NewRun } from "./run/transition.ts";

/** Suffixes travel inside specs: a few hundred lines, not a dataset. */
const MAX_SUFFIXES = 1_000;
/** A rubric is a page of text. */
const MAX_RUBRIC_BYTES = 64 * 1024;
/** The largest known config.json has some kilobytes. */
const MAX_MODEL_CONFIG_BYTES = 1024 * 1024;

/** INVALID_ARGUMENT (CONFIG_INVALID), each issue a field with its line. */
export function readConfig(yaml: string): Config {
  try {
    return parseConfig(yaml, { source: "spec.config_yaml" });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const fields = error.issues.map((issue) => ({
      field: issue.field === "" ? "spec.config_yaml" : `spec.config_yaml.${issue.field}`,
      description: formatIssue(issue),
    }));
    throw new ServiceError(Status.INVALID_ARGUMENT, error.reason, error.message, { fields, cause: error });
  }
}

/**
 * A run as its spec describes it, inputs looked at.
 *
 * @throws ServiceError INVALID_ARGUMENT: CONFIG_INVALID, SEED_UNKNOWN, INPUTS_INVALID; the errors of the artifact store.
 */
export async function newRun(name: string, spec: orchestration.RunSpec, artifacts: ArtifactStore): Promise<NewRun> {
  const config = readConfig(spec.configYaml);
  const seeds = [...config.seeds.tuning, ...config.seeds.reporting];
  if (!seeds.includes(spec.seed)) {
    throw invalidArgument(
      "spec.seed",
      `must be one of the configuration's (${seeds.join(", ")}), got ${spec.seed}`,
      "SEED_UNKNOWN",
    );
  }
  const [problem, ...others] = inputProblems(config, Object.keys(spec.inputs));
  if (problem !== undefined) {
    throw new ServiceError(Status.INVALID_ARGUMENT, "INPUTS_INVALID", [problem, ...others].join("; "), {
      fields: [problem, ...others].map((description) => ({ field: "spec.inputs", description })),
    });
  }
  return { name, seed: spec.seed, config, inputs: spec.inputs, facts: await readFacts(spec.inputs, artifacts) };
}

async function readFacts(inputs: NewRun["inputs"], artifacts: ArtifactStore): Promise<InputFacts> {
  const { model, rubric, excluded_suffixes: suffixes } = inputs;
  const excludedSuffixes: string[] = [];
  if (suffixes !== undefined) {
    for await (const { prompt } of readRecords(artifacts, promptKind, suffixes)) excludedSuffixes.push(prompt);
    if (excludedSuffixes.length > MAX_SUFFIXES) {
      const field = "spec.inputs[excluded_suffixes]";
      throw invalidArgument(field, `must hold at most ${MAX_SUFFIXES} records, got ${excludedSuffixes.length}`);
    }
  }
  const contextLength = model === undefined ? undefined : await contextOf(model, artifacts);
  const template =
    rubric === undefined ? undefined : Buffer.from(await artifacts.bytes(rubric, { maxBytes: MAX_RUBRIC_BYTES }));
  return {
    excludedSuffixes,
    ...(contextLength === undefined ? {} : { contextLength }),
    ...(template === undefined ? {} : { rubricTemplate: template.toString("utf8") }),
  };
}

/** Positions that the model's config.json states; what else it says is checked where the model is loaded. */
async function contextOf(model: NewRun["inputs"][string], artifacts: ArtifactStore): Promise<number | undefined> {
  const ref = (await artifacts.listDirectory(model)).get("config.json");
  if (ref === undefined) {
    throw invalidArgument("spec.inputs[model]", "holds no config.json; give a Hugging Face model directory");
  }
  const text = Buffer.from(await artifacts.bytes(ref, { maxBytes: MAX_MODEL_CONFIG_BYTES })).toString("utf8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalidArgument("spec.inputs[model]", "holds a config.json that is no JSON");
  }
  const positions = (json as { max_position_embeddings?: unknown } | null)?.max_position_embeddings;
  return typeof positions === "number" && Number.isSafeInteger(positions) && positions > 0 ? positions : undefined;
}
