import { z } from "zod";
import { count, positive } from "./fields.ts";

/** Shape and initialisation of a model that starts from random weights. */
export const newModelSection = z.strictObject({
  hidden_size: count,
  layers: count,
  attention_heads: count,
  /** Fewer than attention_heads: grouped-query attention. */
  key_value_heads: count,
  intermediate_size: count,
  /** The context, in tokens. */
  max_positions: count,
  rope_theta: positive.default(10_000),
  rms_norm_eps: positive.default(1e-5),
  tie_embeddings: z.boolean().default(true),
  embedding_std: positive.default(0.02),
});

/** The byte-level BPE that is trained for it, on the documents and examples of the run. */
export const tokenizerSection = z.strictObject({
  /** Upper limit; special tokens and the 256 bytes count. */
  vocabulary_size: z.int().min(257),
  /** In id order from 0. */
  special_tokens: z.array(z.string().min(1)).min(1),
  min_frequency: count.default(2),
  split_pattern: z.enum(["gpt2", "llama3"]).default("gpt2"),
  /** Jinja. */
  chat_template: z.string().min(1),
  bos_token: z.string().min(1).optional(),
  eos_token: z.string().min(1),
  pad_token: z.string().min(1).optional(),
});

export type NewModelConfig = z.output<typeof newModelSection>;
export type TokenizerConfig = z.output<typeof tokenizerSection>;
