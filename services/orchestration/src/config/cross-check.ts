/** Rules between fields, which no single field can break. */
import { hasEft } from "../run/inputs.ts";
import { modelNames } from "../run/model-names.ts";
import { MAX_COUNT } from "./fields.ts";
import { nearestKey } from "./nearest-key.ts";
import type { Config } from "./schema.ts";

export interface CrossIssue {
  readonly path: readonly (string | number)[];
  readonly problem: string;
}

type Rule = (config: Config) => CrossIssue[];

function issue(condition: boolean, path: CrossIssue["path"], problem: string): CrossIssue[] {
  return condition ? [{ path, problem }] : [];
}

const baseModel: Rule = (config) => {
  const fromScratch = ["new_model", "tokenizer", "pretrain"] as const;
  if (config.model !== undefined) {
    return fromScratch.flatMap((key) =>
      issue(
        config[key] !== undefined,
        [key],
        "has no use beside `model`, which is trained already: remove one of both",
      ),
    );
  }
  return fromScratch.flatMap((key) =>
    issue(
      config[key] === undefined,
      [key],
      "is missing; give `model` (a Hugging Face directory), or new_model, tokenizer and pretrain for one from nothing",
    ),
  );
};

const newModel: Rule = ({ new_model: shape, tokenizer }) => {
  const found: CrossIssue[] = [];
  if (shape !== undefined) {
    found.push(
      ...issue(
        shape.hidden_size % (2 * shape.attention_heads) !== 0,
        ["new_model", "hidden_size"],
        `must be a multiple of 2 * attention_heads (${2 * shape.attention_heads}): rotary heads have an even size`,
      ),
      ...issue(
        shape.attention_heads % shape.key_value_heads !== 0,
        ["new_model", "key_value_heads"],
        `must divide attention_heads (${shape.attention_heads})`,
      ),
    );
  }
  if (tokenizer === undefined) return found;
  const special = tokenizer.special_tokens;
  const smallest = 256 + special.length;
  found.push(
    ...issue(
      tokenizer.vocabulary_size < smallest,
      ["tokenizer", "vocabulary_size"],
      `must be at least ${smallest}: 256 bytes and ${special.length} special tokens`,
    ),
    ...special.flatMap((token, i) =>
      issue(special.indexOf(token) !== i, ["tokenizer", "special_tokens", i], "is given twice"),
    ),
  );
  for (const key of ["bos_token", "eos_token", "pad_token"] as const) {
    const token = tokenizer[key];
    const unknown = token !== undefined && !tokenizer.special_tokens.includes(token);
    found.push(...issue(unknown, ["tokenizer", key], "must be one of tokenizer.special_tokens"));
  }
  return found;
};

const data: Rule = ({ data: given, model }) => {
  const files = ["documents", "ift", "eft", "ranked", "prompts"] as const;
  const found: CrossIssue[] = [];
  if (given.world !== undefined) {
    for (const key of files) {
      found.push(
        ...issue(given[key] !== undefined, ["data", key], "has no use beside data.world, which makes all data"),
      );
    }
    for (const key of ["held_out", "judge"] as const) {
      const named = Object.keys(given[key]).length > 0;
      found.push(...issue(named, ["data", key], "has no use beside data.world, which makes all data"));
    }
  } else {
    found.push(
      ...issue(given.counts !== undefined, ["data", "counts"], "counts what data.world makes, which is not set"),
      ...issue(
        given.ift === undefined && given.ranked === undefined,
        ["data", "ift"],
        "is missing; give data.ift, data.ranked or data.world: M1 is trained on it",
      ),
      ...issue(
        given.documents === undefined && model === undefined,
        ["data", "documents"],
        "is missing; a new model is trained on documents",
      ),
    );
  }
  found.push(
    ...issue(
      given.documents !== undefined && model !== undefined,
      ["data", "documents"],
      "is for a new model; `model` is trained already",
    ),
    ...issue(
      given.ranked_split !== undefined && given.ranked === undefined,
      ["data", "ranked_split"],
      "divides data.ranked, which is not set",
    ),
  );
  if (given.ranked_split !== undefined) {
    const shares = given.ranked_split.held_out_share + given.ranked_split.prompts_share;
    found.push(
      ...issue(shares >= 1, ["data", "ranked_split"], "leaves no share for IFT: the two shares must stay below 1"),
    );
  }
  return found;
};

const seeds: Rule = ({ seeds: { tuning, reporting, evaluation } }) => [
  ...reporting.flatMap((seed, i) =>
    issue(tuning.includes(seed), ["seeds", "reporting", i], "is a tuning seed too; results need seeds never tuned on"),
  ),
  ...issue(
    tuning.length > 0 && evaluation.tuning === evaluation.reporting,
    ["seeds", "evaluation", "reporting"],
    "equals seeds.evaluation.tuning; results need an evaluation set never tuned on",
  ),
];

const eft: Rule = (config) =>
  (["eft_batch_size", "eft_weight"] as const).flatMap((key) =>
    issue(
      config.sft[key] !== undefined && !hasEft(config),
      ["sft", key],
      "has no use without EFT data: give data.eft, or data.world, which makes it",
    ),
  );

const baseline: Rule = ({ baseline: { enabled, prompt_loss_weight: weight } }) =>
  issue(!enabled && weight > 0, ["baseline", "prompt_loss_weight"], "has no use where baseline.enabled is false");

const controls: Rule = (config) =>
  issue(
    config.controls.shuffled && config.pairing.strategy === "shuffled_scores",
    ["controls", "shuffled"],
    "has no use beside pairing.strategy shuffled_scores, which makes the loop itself the control",
  );

const training: Rule = (config) =>
  (["pretrain", "sft", "dpo"] as const).flatMap((key) => {
    const section = config[key];
    if (section === undefined) return [];
    return [
      ...issue(
        section.steps !== undefined && section.epochs !== undefined,
        [key, "epochs"],
        `excludes ${key}.steps: give one`,
      ),
      ...issue(
        section.final_learning_rate > section.learning_rate,
        [key, "final_learning_rate"],
        `must be at most ${key}.learning_rate (${section.learning_rate})`,
      ),
    ];
  });

/** Keys of `prompting` that only some sources read. */
const PROMPTING_KEYS = {
  model: ["few_shot", "sampled"],
  sampling: ["few_shot", "sampled"],
  prefix: ["sampled"],
  stop: ["sampled"],
  seed_examples: ["few_shot"],
  generated_examples: ["few_shot"],
} as const satisfies Record<string, readonly Config["prompting"]["source"][]>;

const prompting: Rule = (config) => {
  const { prompting: section } = config;
  const found: CrossIssue[] = [];
  for (const [key, sources] of Object.entries(PROMPTING_KEYS) as [keyof typeof PROMPTING_KEYS, readonly string[]][]) {
    found.push(
      ...issue(
        section[key] !== undefined && !sources.includes(section.source),
        ["prompting", key],
        `has no use with prompting.source ${section.source}, only with ${sources.join(" or ")}`,
      ),
    );
  }
  for (const key of ["prefix", "stop"] as const) {
    const missing = section.source === "sampled" && section[key] === undefined;
    found.push(...issue(missing, ["prompting", key], "is missing; prompting.source sampled needs it"));
  }
  const pool = config.data.prompts ?? config.data.ranked;
  const special = config.tokenizer?.special_tokens;
  const { min_length: least, max_length: most } = section.filters;
  return [
    ...found,
    ...issue(
      section.source === "sampled" && section.stop !== undefined && special?.includes(section.stop) === false,
      ["prompting", "stop"],
      "must be one of tokenizer.special_tokens",
    ),
    ...issue(
      most > 0 && most < least,
      ["prompting", "filters", "max_length"],
      `must be 0 (no limit) or at least prompting.filters.min_length (${least})`,
    ),
    ...issue(
      section.count * section.attempts_per_prompt > MAX_COUNT,
      ["prompting", "attempts_per_prompt"],
      `must be at most ${Math.floor(MAX_COUNT / section.count)} with prompting.count ${section.count}`,
    ),
    ...issue(
      section.source === "pooled" && pool === undefined,
      ["data", "prompts"],
      "is missing; prompting.source pooled takes its prompts from it",
    ),
    ...issue(
      section.source === "sampled" && config.data.prompts !== undefined,
      ["data", "prompts"],
      "has no use with prompting.source sampled, only with pooled or few_shot",
    ),
    ...issue(
      section.model === "baseline" && !config.baseline.enabled,
      ["prompting", "model"],
      "is the baseline, which baseline.enabled switches off; choose M0 or M1",
    ),
  ];
};

const judging: Rule = ({ judging: { rubric, rubric_file: file } }) =>
  issue(rubric !== undefined && file !== undefined, ["judging", "rubric_file"], "excludes judging.rubric: give one");

const evaluation: Rule = (config) => {
  const known = modelNames(config);
  const named = [
    ...config.evaluation.comparisons.flatMap(({ a, b }, i) => [
      { path: ["evaluation", "comparisons", i, "a"], name: a },
      { path: ["evaluation", "comparisons", i, "b"], name: b },
    ]),
    ...config.evaluation.claims.flatMap((claim, i) =>
      Object.entries(claim)
        .filter((entry): entry is [string, string] => typeof entry[1] === "string")
        .map(([key, name]) => ({ path: ["evaluation", "claims", i, key], name })),
    ),
  ];
  return named.flatMap(({ path, name }) => {
    const nearest = nearestKey(name, known);
    const hint = nearest === undefined ? "" : ` (did you mean ${JSON.stringify(nearest)}?)`;
    return issue(!known.includes(name), path, `names no model of this run${hint}; they are ${known.join(", ")}`);
  });
};

const RULES: readonly Rule[] = [
  baseModel,
  newModel,
  data,
  seeds,
  training,
  eft,
  baseline,
  prompting,
  judging,
  controls,
  evaluation,
];

/** All rules that a configuration with well-formed fields breaks. */
export function crossCheck(config: Config): CrossIssue[] {
  return RULES.flatMap((rule) => rule(config));
}
