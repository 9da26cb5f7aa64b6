import { z } from "zod";
import { count, countOrZero, path, positive, samplingFields, samplingSection, share, warperFields } from "./fields.ts";

/** What a text model cannot serve: Self-Instruct's filter, as the paper takes it over. */
const FORBIDDEN_KEYWORDS = [
  "image",
  "images",
  "graph",
  "graphs",
  "picture",
  "pictures",
  "file",
  "files",
  "map",
  "maps",
  "draw",
  "plot",
  "video",
  "audio",
  "music",
  "flowchart",
  "diagram",
];

const promptFilters = z
  .strictObject({
    /** Limits in tokens for sampled prompts, in words otherwise; 0 means none. */
    min_length: countOrZero.default(3),
    max_length: countOrZero.default(150),
    /** ROUGE-L F-measure with a kept prompt from which on a prompt is a duplicate; 0 switches it off. */
    near_duplicate_threshold: share.default(0.7),
    forbidden_keywords: z
      .array(z.string().regex(/\S/, "must not be blank: every prompt would match"))
      .default(FORBIDDEN_KEYWORDS),
  })
  .prefault({});

/** New prompts of every round, from one fixed model or from a pool. */
export const promptingSection = z
  .strictObject({
    source: z.enum(["few_shot", "sampled", "pooled"]).default("few_shot"),
    /** The fixed model that writes them; not with `pooled`. Default: the baseline. */
    model: z.enum(["M0", "baseline", "M1"]).optional(),
    /** Prompts of one round. The paper states pairs (3,964 and 6,942), not prompts. */
    count: count.default(5_000),
    /** Samples at most, for each prompt that is wanted. */
    attempts_per_prompt: count.default(20),
    /** Not with `pooled`. */
    sampling: z.strictObject(samplingFields({ temperature: 0.6, top_p: 0.9, max_tokens: 256 })).optional(),
    /** With `sampled`: text that a prompt is continued from, and the special token that ends it. */
    prefix: z.string().min(1).optional(),
    stop: z.string().min(1).optional(),
    /** With `few_shot`: examples from `data.prompts` (IFT prompts where there are none) and from prompts kept. */
    seed_examples: count.optional(),
    generated_examples: countOrZero.optional(),
    filters: promptFilters,
  })
  .overwrite((prompting) => {
    if (prompting.source === "pooled") return prompting;
    const written = {
      ...prompting,
      model: prompting.model ?? ("baseline" as const),
      sampling: prompting.sampling ?? samplingSection({ temperature: 0.6, top_p: 0.9, max_tokens: 256 }).parse({}),
    };
    if (prompting.source === "sampled") return written;
    return {
      ...written,
      seed_examples: prompting.seed_examples ?? 6,
      generated_examples: prompting.generated_examples ?? 2,
    };
  })
  .prefault({});

/** Candidates for each prompt. */
export const samplingConfigSection = z
  .strictObject({
    candidates: z.int().min(2).default(4),
    ...samplingFields({ temperature: 0.7, top_p: 0.9, max_tokens: 1024 }),
    /** A prompt that does not fit the context: leave it out and count it, or fail. */
    too_long: z.enum(["skip", "fail"]).default("skip"),
    /** Prompts in one shard; changes no result. */
    shard_size: count.default(64),
  })
  .prefault({});

const judgeSampling = z
  .strictObject({
    ...warperFields({ temperature: 0.7, top_p: 0.9 }),
    /** Of one judgement, the stop token included; 0: as many as the rubric says. */
    max_tokens: countOrZero.default(0),
  })
  .prefault({});

export const judgingSection = z
  .strictObject({
    /** A built-in rubric. Default: additive-five-point. */
    rubric: z.enum(["additive-five-point", "tiny-world"]).optional(),
    /** A template of one's own, instead. */
    rubric_file: path.optional(),
    /** Judgements of each answer, averaged. */
    samples: count.default(3),
    sampling: judgeSampling,
    /** Prompts, with all their candidates, in one shard; changes no result. */
    shard_size: count.default(32),
  })
  .overwrite((judging) =>
    judging.rubric === undefined && judging.rubric_file === undefined
      ? { ...judging, rubric: "additive-five-point" as const }
      : judging,
  )
  .prefault({});

export const pairingSection = z
  .strictObject({
    /** shuffled_scores is a control that must learn nothing. */
    strategy: z.enum(["best_worst", "shuffled_scores"]).default("best_worst"),
  })
  .prefault({});

/** When the loop ends before max_iterations. */
export const stopSection = z
  .strictObject({
    /** Fewer pairs than this end it with NO_PAIRS. */
    min_pairs: count.default(1),
    /** A larger share of prompts without a pair ends it with DISCARD_RATE: the judge no longer tells answers apart. */
    max_discard_rate: share.default(0.9),
  })
  .prefault({});

const betterClaim = z.strictObject({ better: z.string(), than: z.string() });
const withinClaim = z.strictObject({ model: z.string(), within: positive, of: z.string() });

export const evaluationSection = z
  .strictObject({
    sampling: samplingSection({ temperature: 0.7, top_p: 0.9, max_tokens: 1024 }),
    bootstrap_samples: z.int().min(100).max(100_000).default(10_000),
    /** Pairs of models to compare besides those that the report always compares. */
    comparisons: z.array(z.strictObject({ a: z.string(), b: z.string() })).default([]),
    /**
     * What the run sets out to show, on every held-out split: `better: M2, than: M1` holds where the paired 95 %
     * interval lies above 0; `model: X, within: 0.15, of: Y` where the means differ by no more.
     */
    claims: z.array(z.union([betterClaim, withinClaim])).default([]),
    /** Held-out prompts, or groups of answers, in one shard; changes no result. */
    shard_size: count.default(64),
  })
  .prefault({});

export type PromptingConfig = z.output<typeof promptingSection>;
export type SamplingConfig = z.output<typeof samplingConfigSection>;
export type JudgingConfig = z.output<typeof judgingSection>;
export type EvaluationConfig = z.output<typeof evaluationSection>;
export type StopConfig = z.output<typeof stopSection>;
export type Claim = EvaluationConfig["claims"][number];
