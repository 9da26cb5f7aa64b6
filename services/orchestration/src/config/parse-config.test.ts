import { describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.ts";
import { parseConfig } from "./parse-config.ts";
import { writeConfig } from "./write-config.ts";

const MINIMAL = `name: mine
model: models/llama
data:
  ift: ift.jsonl
`;

function issuesOf(text: string, overrides: string[] = []) {
  try {
    parseConfig(text, { overrides });
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

function messageOf(text: string, overrides: string[] = []): string {
  try {
    parseConfig(text, { overrides, source: "mine.yaml" });
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the configuration was accepted");
}

describe("defaults", () => {
  it("are the paper's", () => {
    const config = parseConfig(MINIMAL);
    expect(config.max_iterations).toBe(2);
    expect(config.sft).toMatchObject({
      learning_rate: 5.5e-6,
      final_learning_rate: 1.1e-6,
      dropout: 0.1,
      schedule: "linear",
    });
    expect(config.sft).not.toHaveProperty("eft_batch_size");
    const taught = parseConfig(MINIMAL, { overrides: ["data.eft=eft.jsonl"] });
    expect(taught.sft).toMatchObject({ ift_batch_size: 11, eft_batch_size: 5, eft_weight: 1 });
    expect(parseConfig(writeConfig(taught))).toEqual(taught);
    expect(config.sft.prompt_loss_weight).toBe(0);
    expect(config.dpo).toMatchObject({
      learning_rate: 1e-6,
      final_learning_rate: 1e-7,
      batch_size: 16,
      dropout: 0.1,
      beta: 0.1,
      nll_weight: 0,
    });
    expect(config.sampling).toMatchObject({ candidates: 4, temperature: 0.7, top_p: 0.9 });
    expect(config.judging).toMatchObject({
      rubric: "additive-five-point",
      samples: 3,
      sampling: { temperature: 0.7, top_p: 0.9 },
    });
    expect(config.prompting).toMatchObject({
      source: "few_shot",
      model: "baseline",
      seed_examples: 6,
      generated_examples: 2,
      sampling: { temperature: 0.6, top_p: 0.9 },
    });
    expect(config.prompting.filters.near_duplicate_threshold).toBe(0.7);
  });

  it("are all written out, and read back to the same", () => {
    const config = parseConfig(MINIMAL);
    const text = writeConfig(config);
    expect(text).toContain("nll_weight: 0");
    expect(parseConfig(text)).toEqual(config);
    expect(writeConfig(parseConfig(text))).toBe(text);
  });
});

describe("errors", () => {
  it("name line, path, value and nearest key, all at once", () => {
    const found = issuesOf(`name: mine
model: models/llama
max_iteration: 3
data:
  ift: ift.jsonl
dpo:
  beta: -1
  batchsize: 8
sampling:
  candidates: many
`);
    expect(found).toEqual([
      expect.objectContaining({ line: 3, field: "max_iteration", nearest: "max_iterations" }),
      expect.objectContaining({ line: 7, field: "dpo.beta", value: "-1", problem: "must be greater than 0" }),
      expect.objectContaining({ line: 8, field: "dpo.batchsize", nearest: "batch_size" }),
      expect.objectContaining({ line: 10, field: "sampling.candidates", value: '"many"', problem: "must be number" }),
    ]);
  });

  it("read as one line each", () => {
    expect(messageOf(`${MINIMAL}dpo: { betta: 1 }\n`)).toBe(
      'mine.yaml is not valid\n  line 5: dpo.betta: unknown key; did you mean "beta"?',
    );
  });

  it("list the known keys where none is near", () => {
    expect(messageOf(`${MINIMAL}stop: { when_it_rains: 1 }\n`)).toContain(
      "unknown key; known are min_pairs, max_discard_rate",
    );
  });

  it("name a section that is missing", () => {
    expect(issuesOf("name: mine\nmodel: m\n")).toEqual([
      expect.objectContaining({ field: "data", problem: expect.stringContaining("missing") }),
    ]);
  });

  it("tell rules between fields beside an unknown key", () => {
    const found = issuesOf("name: mine\nmodel: m\nfoo: 1\ndata:\n  held_out: {}\n");
    expect(found.map((issue) => issue.field).sort()).toEqual(["data.ift", "foo"]);
  });

  it("name the line of a syntax error and of a key given twice", () => {
    expect(issuesOf("name: mine\nmodel: [1\n")[0]).toMatchObject({ problem: expect.stringContaining("no YAML") });
    expect(issuesOf("name: a\nmodel: m\nname: b\n")[0]).toMatchObject({ line: 3 });
  });

  it("suggest the nearest value of a choice", () => {
    expect(issuesOf(`${MINIMAL}prompting: { source: fewshot }\n`)[0]).toMatchObject({ line: 5, nearest: "few_shot" });
  });

  it("refuse a null, an empty file and a list", () => {
    expect(issuesOf(`${MINIMAL}dpo: null\n`)[0]).toMatchObject({ line: 5, field: "dpo", value: "null" });
    expect(issuesOf("").map((issue) => issue.field)).toEqual(expect.arrayContaining(["name", "data"]));
    expect(issuesOf("- a\n")[0]).toMatchObject({ field: "", problem: "must be object" });
  });
});

describe("bounds that jobs have", () => {
  it.each([
    ["sft.prompt_loss_weight=1.1", "at most 1"],
    ["baseline.prompt_loss_weight=2", "at most 1"],
    ["dpo.beta1=1", "less than 1"],
    ["sft.beta2=1", "less than 1"],
    ["dpo.dropout=1", "less than 1"],
    ["evaluation.bootstrap_samples=100001", "at most 100000"],
    ["sampling.max_tokens=4294967296", "at most 4294967295"],
    ['prompting.filters.forbidden_keywords=[" "]', "must not be blank"],
  ])("are the configuration's too: %s", (override, problem) => {
    expect(issuesOf(MINIMAL, [override])[0]?.problem).toContain(problem);
  });
});

describe("rules between fields", () => {
  const cases: [string, string, string][] = [
    ["a new model beside a model", `${MINIMAL}pretrain: {}\n`, "pretrain"],
    ["neither model nor new model", "name: mine\ndata: { ift: a, documents: b }\n", "new_model"],
    ["steps and epochs", `${MINIMAL}sft: { steps: 3, epochs: 1 }\n`, "sft.epochs"],
    ["a final rate above the rate", `${MINIMAL}dpo: { final_learning_rate: 1 }\n`, "dpo.final_learning_rate"],
    ["a reporting seed that is tuned on", `${MINIMAL}seeds: { tuning: [1], reporting: [1] }\n`, "seeds.reporting.0"],
    ["a prefix without sampled prompts", `${MINIMAL}prompting: { prefix: x }\n`, "prompting.prefix"],
    ["sampled prompts without prefix", `${MINIMAL}prompting: { source: sampled, stop: x }\n`, "prompting.prefix"],
    ["a pool that is not given", `${MINIMAL}prompting: { source: pooled }\n`, "data.prompts"],
    ["prompts from a baseline that is off", `${MINIMAL}baseline: { enabled: false }\n`, "prompting.model"],
    ["two rubrics", `${MINIMAL}judging: { rubric: tiny-world, rubric_file: r.txt }\n`, "judging.rubric_file"],
    ["counts without a world", "name: mine\nmodel: m\ndata:\n  ift: a\n  counts: { ift: 3 }\n", "data.counts"],
    ["splits beside a world", "name: mine\nmodel: m\ndata:\n  world: tiny\n  judge: { a: b }\n", "data.judge"],
    [
      "a pool beside sampled prompts",
      "name: mine\nmodel: m\ndata: { ift: a, prompts: b }\nprompting: { source: sampled, prefix: a, stop: b }\n",
      "data.prompts",
    ],
    ["a file beside a world", "name: mine\nmodel: m\ndata:\n  world: tiny\n  ift: a\n", "data.ift"],
    [
      "shares that leave nothing",
      "name: mine\nmodel: m\ndata:\n  ranked: a\n  ranked_split: { held_out_share: 0.5, prompts_share: 0.5 }\n",
      "data.ranked_split",
    ],
    ["an EFT batch without EFT data", `${MINIMAL}sft: { eft_batch_size: 5 }\n`, "sft.eft_batch_size"],
    ["a weight of EFT data without EFT data", `${MINIMAL}sft: { eft_weight: 1 }\n`, "sft.eft_weight"],
    [
      "a setting of a baseline that is off",
      `${MINIMAL}baseline: { enabled: false, prompt_loss_weight: 0.1 }\n`,
      "baseline.prompt_loss_weight",
    ],
    [
      "a control beside a loop that is the control",
      `${MINIMAL}controls: { shuffled: true }\npairing: { strategy: shuffled_scores }\n`,
      "controls.shuffled",
    ],
    [
      "a prompt that must be longer than it may be",
      `${MINIMAL}prompting: { filters: { min_length: 5, max_length: 4 } }\n`,
      "prompting.filters.max_length",
    ],
    [
      "more attempts than travel",
      `${MINIMAL}prompting: { count: 100000, attempts_per_prompt: 100000 }\n`,
      "prompting.attempts_per_prompt",
    ],
    [
      "a claim on an unknown model",
      `${MINIMAL}evaluation: { claims: [{ better: M4, than: M1 }] }\n`,
      "evaluation.claims.0.better",
    ],
  ];
  it.each(cases)("refuses %s", (_, text, field) => {
    expect(issuesOf(text).map((issue) => issue.field)).toContain(field);
  });

  it.each([
    ["tokenizer.vocabulary_size=258", "tokenizer.vocabulary_size"],
    ["tokenizer.special_tokens=[<a>, <end>, <a>]", "tokenizer.special_tokens.2"],
    ["prompting.stop=<b>", "prompting.stop"],
  ])("refuses %s for a new model", (override, field) => {
    const text = `name: mine
new_model: { hidden_size: 32, layers: 1, attention_heads: 4, key_value_heads: 4, intermediate_size: 64, max_positions: 128 }
tokenizer: { vocabulary_size: 300, special_tokens: [<a>, <end>, <pad>], chat_template: "{{ messages }}", eos_token: <end> }
pretrain: {}
data: { world: tiny }
prompting: { source: sampled, prefix: <a>, stop: <end> }
`;
    expect(() => parseConfig(text)).not.toThrow();
    expect(issuesOf(text, [override]).map((issue) => issue.field)).toEqual([field]);
  });

  it("accepts claims on controls when there are controls", () => {
    const claim = "{ model: M3 shuffled, within: 0.15, of: M1 }";
    expect(issuesOf(`${MINIMAL}evaluation: { claims: [${claim}] }\n`)[0]?.problem).toContain("names no model");
    const config = parseConfig(`${MINIMAL}controls: { shuffled: true }\nevaluation: { claims: [${claim}] }\n`);
    expect(config.evaluation.claims).toHaveLength(1);
  });
});

describe("overrides", () => {
  it("set values of any depth and type, the last one winning", () => {
    const config = parseConfig(MINIMAL, {
      overrides: [
        "dpo.beta=0.5",
        "dpo.beta=0.2",
        "seeds.reporting=[7, 8]",
        "data.ift=other.jsonl",
        "services.judging.address=host:50",
        "controls.shuffled=true",
      ],
    });
    expect(config.dpo.beta).toBe(0.2);
    expect(config.seeds.reporting).toEqual([7, 8]);
    expect(config.data.ift).toBe("other.jsonl");
    expect(config.services.judging?.address).toBe("host:50");
    expect(config.controls.shuffled).toBe(true);
  });

  it("count into lists", () => {
    const text = `${MINIMAL}seeds: { reporting: [4, 5] }\n`;
    expect(parseConfig(text, { overrides: ["seeds.reporting.1=6"] }).seeds.reporting).toEqual([4, 6]);
  });

  it("are checked as strictly as the file", () => {
    expect(messageOf(MINIMAL, ["dpo.betta=0.2"])).toContain(
      '--set dpo.betta=0.2: dpo.betta: unknown key; did you mean "beta"?',
    );
    expect(issuesOf(MINIMAL, ["dpo.beta=high"])[0]).toMatchObject({ override: "dpo.beta=high", value: '"high"' });
    expect(issuesOf(MINIMAL, ["name.first=a"])[0]?.problem).toContain("name is a value");
    expect(issuesOf(MINIMAL, ["dpo.beta"])[0]?.problem).toContain("key=value");
    expect(issuesOf(MINIMAL, ["dpo.beta=[1"])[0]?.problem).toContain("no YAML value");
  });
});
