/** Names of the artifacts that a client hands to a run, and what each holds. */
import type { Config } from "../config/schema.ts";

/** Splits of the tiny world: other texts of known requests, and requests that nothing was trained on. */
export const TINY_WORLD_SPLITS = ["new_texts", "new_requests"] as const;

/** The split that `data.ranked` gives. */
export const RANKED_SPLIT = "ranked";

export interface ExpectedInput {
  /** `model`, `ift`, `held_out/new_texts`, ... */
  readonly name: string;
  /** What the artifact holds: a directory, a kind of record, or plain text. */
  readonly content: "model-directory" | "document" | "sft-example" | "prompt" | "ranked-answers" | "text";
  readonly required: boolean;
}

/** Names of the splits that models answer. */
export function heldOutSplits({ data }: Pick<Config, "data">): string[] {
  if (data.world !== undefined) return [...TINY_WORLD_SPLITS];
  const ranked = data.ranked_split !== undefined && data.ranked_split.held_out_share > 0 ? [RANKED_SPLIT] : [];
  return [...new Set([...ranked, ...Object.keys(data.held_out)])];
}

/** Names of the splits that judges are measured on. */
export function judgeSplits({ data }: Pick<Config, "data">): string[] {
  if (data.world !== undefined) return [...TINY_WORLD_SPLITS];
  const ranked = data.ranked_split !== undefined && data.ranked_split.held_out_share > 0 ? [RANKED_SPLIT] : [];
  return [...new Set([...ranked, ...Object.keys(data.judge)])];
}

/** Whether the run has judge examples to learn from. */
export function hasEft({ data }: Pick<Config, "data">): boolean {
  return data.world !== undefined || data.eft !== undefined;
}

/**
 * What a run of the configuration takes. `prompts` is the pool, or the examples of few-shot prompting (IFT prompts
 * where the configuration names none). `excluded` holds prompts that must not come up again, such as those trained on or
 * held out; each text of `excluded_suffixes` is an ending that no prompt may have.
 */
export function expectedInputs(config: Config): ExpectedInput[] {
  const prompts = config.max_iterations > 0 && config.prompting.source !== "sampled";
  const one = (name: string, content: ExpectedInput["content"], required = true) => ({ name, content, required });
  return [
    config.model === undefined ? one("documents", "document") : one("model", "model-directory"),
    one("ift", "sft-example"),
    ...(hasEft(config) ? [one("eft", "sft-example")] : []),
    ...(prompts ? [one("prompts", "prompt")] : []),
    one("excluded", "prompt", false),
    one("excluded_suffixes", "prompt", false),
    ...heldOutSplits(config).map((split) => one(`held_out/${split}`, "prompt")),
    ...judgeSplits(config).map((split) => one(`judge/${split}`, "ranked-answers")),
    ...(config.judging.rubric_file === undefined ? [] : [one("rubric", "text")]),
  ];
}

/** What is wrong with the inputs of a run: missing ones, and ones that its configuration does not know. */
export function inputProblems(config: Config, given: readonly string[]): string[] {
  const expected = expectedInputs(config);
  const names = new Set(expected.map(({ name }) => name));
  return [
    ...expected
      .filter(({ name, required }) => required && !given.includes(name))
      .map(({ name, content }) => `spec.inputs[${name}] is missing; the configuration needs it (${content})`),
    ...given
      .filter((name) => !names.has(name))
      .map((name) => `spec.inputs[${name}] is not used by the configuration; it uses ${[...names].join(", ")}`),
  ];
}
