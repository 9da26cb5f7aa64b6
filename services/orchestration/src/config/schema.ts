/** The configuration of a run: strict, with every default written here. */
import { z } from "zod";
import { hasEft } from "../run/inputs.ts";
import { dataSection } from "./data-section.ts";
import { path, seed, share } from "./fields.ts";
import {
  evaluationSection,
  judgingSection,
  pairingSection,
  promptingSection,
  samplingConfigSection,
  stopSection,
} from "./loop-section.ts";
import { newModelSection, tokenizerSection } from "./model-section.ts";
import { dpoSection, pretrainSection, sftSection, withEft } from "./training-section.ts";

/**
 * Settings are chosen on the tuning seeds and their evaluation set; results come from the reporting seeds and theirs.
 * A reporting seed that fails is reported as failed, never replaced.
 */
const seedsSection = z
  .strictObject({
    tuning: z.array(seed).default([]),
    reporting: z.array(seed).min(1).default([1]),
    /** Draws held-out data and the samples of evaluations, the same for all training seeds. */
    evaluation: z.strictObject({ tuning: seed.default(1_001), reporting: seed.default(2_001) }).prefault({}),
  })
  .prefault({});

/**
 * A run with all its stages is one value on the bus, which takes a mebibyte: a round and its control are eleven stages of
 * about two kilobytes each.
 */
const MAX_ITERATIONS = 20;

const serviceSection = z.strictObject({
  /** `host:port` or `unix:/path`. Absent: in the process of the command. */
  address: z.string().min(1),
});

const sections = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be 1 to 64 letters, digits, dots, dashes and underscores"),
  /** A Hugging Face directory; else new_model, tokenizer and pretrain. */
  model: path.optional(),
  new_model: newModelSection.optional(),
  tokenizer: tokenizerSection.optional(),
  data: dataSection,
  seeds: seedsSection,
  /** Rounds of DPO: 2 make M2 and M3. 0 ends with M1. */
  max_iterations: z.int().min(0).max(MAX_ITERATIONS).default(2),
  pretrain: pretrainSection.optional(),
  sft: sftSection,
  /** M0 fine-tuned on IFT alone, otherwise as M1. */
  baseline: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Above 0 where it shall write new prompts from nothing. */
      prompt_loss_weight: share.default(0),
    })
    .prefault({}),
  prompting: promptingSection,
  sampling: samplingConfigSection,
  judging: judgingSection,
  pairing: pairingSection,
  dpo: dpoSection,
  controls: z
    .strictObject({
      /** Trains M2, M3, ... beside the loop on pairs whose scores were permuted. */
      shuffled: z.boolean().default(false),
    })
    .prefault({}),
  evaluation: evaluationSection,
  stop: stopSection,
  services: z
    .strictObject({
      tokenization: serviceSection.optional(),
      inference: serviceSection.optional(),
      prompting: serviceSection.optional(),
      judging: serviceSection.optional(),
      pairing: serviceSection.optional(),
      training: serviceSection.optional(),
      evaluation: serviceSection.optional(),
    })
    .prefault({}),
});

export type Config = z.output<typeof sections>;

export const configSchema = sections.overwrite((config) =>
  hasEft(config) ? { ...config, sft: withEft(config.sft) } : config,
);

/** Services that a run calls. */
export type StageService = keyof Config["services"];
