import { z } from "zod";

/** Fields that several record kinds share. */

export const sha256Field = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits");

export const idField = z.string().min(1);

export const tokenIdsField = z.array(z.int().nonnegative());

export const samplingField = z.strictObject({
  /** 0 is greedy. */
  temperature: z.number().nonnegative(),
  top_p: z.number().gt(0).max(1),
  /** 0 is off. */
  top_k: z.int().nonnegative(),
  min_p: z.number().min(0).max(1),
  repetition_penalty: z.number().positive(),
  max_tokens: z.int().positive(),
});

export type Sampling = z.infer<typeof samplingField>;
