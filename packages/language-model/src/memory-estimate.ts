/**
 * What a model will need, from its configuration alone, so that one that is too large is refused before any weight is
 * read, and that batches are as large as what is left allows. With P parameters, T tokens at a time, and the shapes of
 * `llamaTensors` (bytes, f32):
 *
 *   sampling   4 (3P)  weights, their transposes, and these as XNNPACK packs them
 *              4 T (a + b) activations of a layer,   one row of T tokens (see `rowBytes`)
 *   training   4 (7P)  the same, the weights packed for the backward pass, gradient and two moments
 *              4 m     the largest tensor once more, while it is updated
 *              4 T (L (a + p) + b) activations
 *   both       4 c min(T V, 2^22)  logits of one chunk, c times: 1 forward, 3 with the backward pass
 *
 * a = 7 D + 4 Q + 2 K + 3 F + 2 H is what a layer's forward pass keeps for a token, p = 2 D + Q those of them that the
 * gradients of the weights have packed, b = 8 D + 6 F + 4 Q what is alive at most besides; Q, K widths of queries and of
 * keys. These are the numbers of the wasm backend, which needs most: the others pack nothing. Measured there on a model
 * of 12 million parameters (heap after a few tokens, in units of 4P): sampling 2.7, training 7.3; memory-use.test.ts
 * holds the estimate to what the process takes.
 */
import { formatBytes, LanguageModelError } from "./errors.ts";
import { elementCount, type LlamaConfig, llamaTensors, parameterCount } from "./llama/llama-config.ts";

export type MemoryPurpose = "sampling" | "training";

export interface MemoryEstimate {
  readonly weightBytes: number;
  /** Gradients and moments, and what their update needs; 0 for sampling. */
  readonly optimizerBytes: number;
  /** Activations, logits, and in sampling keys and values, of `tokens` tokens. */
  readonly tokenBytes: number;
  readonly totalBytes: number;
}

const floatBytes = 4;
/** Of the backend's chunks of logits, whatever the vocabulary. */
const chunkElements = 2 ** 22;
/** Of a weight: in sampling itself, its transpose, the packed transpose; in training also itself packed. */
const weightCopies = { sampling: 3, training: 4 } as const;
const logitCopies = { sampling: 1, training: 3 } as const;

/** `tokens`: those of a training batch; in sampling, of the one sequence that must have room. By default a context. */
export function estimateMemory(
  config: LlamaConfig,
  purpose: MemoryPurpose,
  tokens: number = config.maxPositions,
): MemoryEstimate {
  const parameters = parameterCount(config);
  const tables = config.maxPositions * config.headDimension;
  const weightBytes = floatBytes * (weightCopies[purpose] * parameters + tables);
  const largest = Math.max(...llamaTensors(config).map(({ shape }) => elementCount(shape)));
  const optimizerBytes = purpose === "training" ? floatBytes * (3 * parameters + largest) : 0;
  const logits = logitCopies[purpose] * Math.min(tokens * config.vocabSize, chunkElements);
  const row = purpose === "sampling" ? rowBytes(config, tokens) : 0;
  const tokenBytes = tokens * activationBytes(config, purpose) + floatBytes * logits + row;
  return { weightBytes, optimizerBytes, tokenBytes, totalBytes: weightBytes + optimizerBytes + tokenBytes };
}

/** Activations of one token in bytes. */
export function activationBytes(config: LlamaConfig, purpose: MemoryPurpose): number {
  const D = config.hiddenSize;
  const F = config.intermediateSize;
  const { Q, K } = widths(config);
  const kept = 7 * D + 4 * Q + 2 * K + 3 * F + 2 * config.headCount;
  const packed = 2 * D + Q;
  const passing = 8 * D + 6 * F + 4 * Q;
  return floatBytes * (purpose === "training" ? config.layerCount * (kept + packed) + passing : kept + passing);
}

/**
 * A sequence that grows to `tokens` tokens: keys and values (storage doubles, so up to twice what is used), its logits
 * (computed, copied out, joined with other rows', warped) and the activations of its next token.
 */
export function rowBytes(config: LlamaConfig, tokens: number): number {
  const cached = 2 * config.layerCount * widths(config).K;
  return floatBytes * (2 * cached * tokens + 4 * config.vocabSize) + activationBytes(config, "sampling");
}

function widths({ headCount, keyValueHeadCount, headDimension }: LlamaConfig): { Q: number; K: number } {
  return { Q: headCount * headDimension, K: keyValueHeadCount * headDimension };
}

/** Throws MODEL_TOO_LARGE, saying what the model needs and what to use instead. `name` names the model. */
export function checkMemory(
  name: string,
  config: LlamaConfig,
  purpose: MemoryPurpose,
  budgetBytes: number,
  tokens?: number,
): MemoryEstimate {
  const estimate = estimateMemory(config, purpose, tokens);
  if (estimate.totalBytes <= budgetBytes) return estimate;
  const parts = [
    `weights ${formatBytes(estimate.weightBytes)}`,
    ...(purpose === "training" ? [`gradients and moments ${formatBytes(estimate.optimizerBytes)}`] : []),
    `tokens ${formatBytes(estimate.tokenBytes)}`,
  ];
  throw new LanguageModelError(
    "MODEL_TOO_LARGE",
    `${name}: ${purpose} needs ${formatBytes(estimate.totalBytes)} (${parts.join(", ")}), the budget is ` +
      `${formatBytes(budgetBytes)}; use a smaller model or shorter batches, or SRLM_BACKEND=tensorflow on a host with more memory`,
    { field: "model", value: name },
  );
}
