/** What a sampling engine answers; `SamplingEngines` is its client. */
import type { Backend } from "@srlm/tensor-kernels";
import { LanguageModelError } from "../errors.ts";
import { type BatchLimits, generate } from "../sampling/generate.ts";
import {
  type Completion,
  checkGenerationSettings,
  checkPrompt,
  type GenerationPrompt,
  type GenerationSettings,
} from "../sampling/generation-request.ts";
import { batchLimits, scoredTokens } from "./batch-limits.ts";
import type { EngineContext, EngineHandler } from "./engine-child.ts";
import type { WireError } from "./engine-messages.ts";
import { toWireError } from "./engine-messages.ts";
import type { ModelReference, ModelStore } from "./model-store.ts";

export interface GenerateParams {
  readonly model: ModelReference;
  readonly prompts: readonly GenerationPrompt[];
  readonly settings: GenerationSettings;
  /** At most so much at a time; the engine takes less where its memory asks for it. Completions are the same. */
  readonly limits?: BatchLimits | undefined;
}

/** A prompt that cannot be answered, and why; the others are. */
export interface RefusedPrompt {
  readonly promptIndex: number;
  readonly error: WireError;
}

export interface GenerateResult {
  readonly refused: readonly RefusedPrompt[];
  readonly fingerprint: string;
}

export interface ScoreParams {
  readonly model: ModelReference;
  readonly sequences: readonly ArrayLike<number>[];
}

export interface ScoreResult {
  /** For each sequence log p of ids[i] after ids[..i], i >= 1. */
  readonly scores: readonly Float32Array[];
  readonly fingerprint: string;
}

export interface EngineDescription {
  readonly fingerprint: string;
  readonly backend: string;
  readonly batchInvariant: boolean;
  readonly memoryBudgetBytes: number;
}

/** Sequences scored between two looks at cancellation. */
const scoreChunk = 32;

export function samplingHandlers(
  backend: Backend,
  store: ModelStore,
  memoryBudgetBytes: number,
): Record<"describe" | "generate" | "score", EngineHandler> {
  const { fingerprint, name, batchInvariant } = backend.info;
  return {
    describe: (): EngineDescription => ({ fingerprint, backend: name, batchInvariant, memoryBudgetBytes }),

    generate: async (params: GenerateParams, context: EngineContext): Promise<GenerateResult> => {
      const model = store.get(params.model);
      const { prompts, settings } = params;
      checkGenerationSettings(settings, model);
      const refused = prompts.flatMap((prompt, promptIndex) => {
        const error = promptError(prompt, promptIndex, settings, model);
        return error === undefined ? [] : [{ promptIndex, error }];
      });
      const isRefused = new Set(refused.map(({ promptIndex }) => promptIndex));
      const accepted = prompts.map((_, i) => i).filter((i) => !isRefused.has(i));
      const answered = accepted.map((i) => prompts[i] as GenerationPrompt);
      const longest = answered.reduce((most, { ids }) => Math.max(most, ids.length), 0);
      const lengths = { prompt: longest, completion: settings.maxTokens };
      const limits = batchLimits(model.config, store.freeBytes(), lengths, params.limits);
      for (const completions of generate(model, answered, settings, limits)) {
        const named: Completion[] = completions.map((completion) => ({
          ...completion,
          promptIndex: accepted[completion.promptIndex] as number,
        }));
        if (named.length > 0) context.progress(named);
        await context.pause();
      }
      return { refused, fingerprint };
    },

    score: async (params: ScoreParams, context: EngineContext): Promise<ScoreResult> => {
      const model = store.get(params.model);
      const batchTokens = scoredTokens(model.config, store.freeBytes());
      const scores: Float32Array[] = [];
      for (let begin = 0; begin < params.sequences.length; begin += scoreChunk) {
        scores.push(...model.scoreTokens(params.sequences.slice(begin, begin + scoreChunk), batchTokens));
        await context.pause();
      }
      return { scores, fingerprint };
    },
  };
}

function promptError(
  prompt: GenerationPrompt,
  index: number,
  settings: GenerationSettings,
  limits: { vocabSize: number; maxPositions: number },
): WireError | undefined {
  try {
    checkPrompt(prompt, settings.maxTokens, limits, `prompts[${index}]`);
    return undefined;
  } catch (error) {
    if (error instanceof LanguageModelError) return toWireError(error);
    throw error;
  }
}
