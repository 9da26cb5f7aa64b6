import { z } from "zod";
import { belowOne, count, countOrZero, nonNegative, positive, share } from "./fields.ts";

/** What differs between the stages of training. */
export interface TrainingDefaults {
  readonly learning_rate: number;
  readonly final_learning_rate: number;
  readonly dropout: number;
}

/**
 * Optimiser, schedule and length of one training stage. `steps` or `epochs`, not both; one pass over the data where
 * neither is given (the paper states no number of epochs).
 */
function trainingFields(defaults: TrainingDefaults) {
  return {
    learning_rate: positive.default(defaults.learning_rate),
    /** Rate at the last step. */
    final_learning_rate: nonNegative.default(defaults.final_learning_rate),
    schedule: z.enum(["constant", "linear", "cosine"]).default("linear"),
    warmup_steps: countOrZero.default(0),
    steps: count.optional(),
    epochs: count.optional(),
    beta1: belowOne.default(0.9),
    beta2: belowOne.default(0.999),
    epsilon: positive.default(1e-8),
    weight_decay: nonNegative.default(0),
    /** Decays biases and norm weights too. */
    decay_all: z.boolean().default(false),
    /** 0 switches clipping off. */
    max_gradient_norm: nonNegative.default(1),
    dropout: belowOne.default(defaults.dropout),
    /** Sequences in one pass; 0 means the whole step. Memory alone: changes results by rounding. */
    micro_batch_size: countOrZero.default(0),
    /** Steps between the checkpoints that an interrupted stage goes on from. */
    checkpoint_every: count.default(100),
  };
}

function withLength<T extends { steps?: number | undefined; epochs?: number | undefined }>(section: T): T {
  return section.steps === undefined && section.epochs === undefined ? { ...section, epochs: 1 } : section;
}

/** M0 from random weights, on documents. */
export const pretrainSection = z
  .strictObject({
    ...trainingFields({ learning_rate: 3e-4, final_learning_rate: 3e-5, dropout: 0 }),
    batch_size: count.default(32),
    /** Around each document, special tokens written as text; the prefix is not trained on. */
    document_prefix: z.string().default(""),
    document_suffix: z.string().default(""),
  })
  .overwrite(withLength);

/**
 * M1 from IFT and EFT, and the baseline from IFT alone. The paper mixes 3,200 IFT and 1,630 EFT examples in batches of
 * 16: here each step takes 11 and 5, each source with a mean of its own.
 */
export const sftSection = z
  .strictObject({
    ...trainingFields({ learning_rate: 5.5e-6, final_learning_rate: 1.1e-6, dropout: 0.1 }),
    ift_batch_size: count.default(11),
    /** With EFT data alone. Default 5. */
    eft_batch_size: count.optional(),
    /** Factor of the EFT mean in the step's loss, with EFT data alone. Default 1. */
    eft_weight: positive.optional(),
    /** Weight of prompt tokens of IFT examples; 0: the loss is on target tokens only. */
    prompt_loss_weight: share.default(0),
  })
  .overwrite(withLength)
  .prefault({});

/** The settings with those of the EFT data written out, which a run may not have. */
export function withEft(sft: SftConfig) {
  return { ...sft, eft_batch_size: sft.eft_batch_size ?? 5, eft_weight: sft.eft_weight ?? 1 };
}

export const dpoSection = z
  .strictObject({
    ...trainingFields({ learning_rate: 1e-6, final_learning_rate: 1e-7, dropout: 0.1 }),
    batch_size: count.default(16),
    beta: positive.default(0.1),
    /** Of the chosen answers' NLL per token, added to the loss. */
    nll_weight: nonNegative.default(0),
  })
  .overwrite(withLength)
  .prefault({});

export type PretrainConfig = z.output<typeof pretrainSection>;
export type SftConfig = z.output<typeof sftSection>;
export type DpoConfig = z.output<typeof dpoSection>;
/** What all three have. */
export type TrainingConfig = Omit<DpoConfig, "batch_size" | "beta" | "nll_weight">;
