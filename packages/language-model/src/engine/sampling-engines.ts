import type { Completion } from "../sampling/generation-request.ts";
import { EnginePool } from "./engine-pool.ts";
import type {
  EngineDescription,
  GenerateParams,
  GenerateResult,
  ScoreParams,
  ScoreResult,
} from "./sampling-handlers.ts";

export interface SamplingEnginesOptions {
  /** Engine processes; on wasm one per core. */
  readonly size: number;
  /** Bytes of models in each engine. */
  readonly memoryBudgetBytes: number;
  readonly keepAliveMs?: number;
  /** `SRLM_BACKEND` of the engines; default: this process's. */
  readonly backend?: string;
}

/** Sampling and scoring in engine processes of this package's own entry. Close it after use. */
export class SamplingEngines {
  private readonly pool: EnginePool;
  private description: Promise<EngineDescription> | undefined;

  constructor({ size, memoryBudgetBytes, keepAliveMs, backend }: SamplingEnginesOptions) {
    const env = {
      SRLM_ENGINE_MEMORY_BYTES: String(memoryBudgetBytes),
      ...(backend === undefined ? {} : { SRLM_BACKEND: backend }),
    };
    this.pool = new EnginePool(
      { entry: samplingEngineEntry, env, ...(keepAliveMs === undefined ? {} : { keepAliveMs }) },
      size,
    );
  }

  get size(): number {
    return this.pool.size;
  }

  /** Process ids of the engines that live now. */
  pids(): number[] {
    return this.pool.pids();
  }

  /** Asked of an engine once: it follows from the options and the machine, and must not wait behind a sampling call. */
  describe(): Promise<EngineDescription> {
    if (this.description === undefined) {
      this.description = this.pool.request("describe", null);
      // A failure is not kept: the next call starts an engine again.
      this.description.catch(() => {
        this.description = undefined;
      });
    }
    return this.description;
  }

  /**
   * Samples in one engine; `onCompletions` receives completions as they finish, each once, in any order. Prompts that do
   * not fit the context come back in `refused`. Rejects with the errors of `generate`, of loading the model, and of
   * `EngineHost.request`.
   */
  generate(
    params: GenerateParams,
    onCompletions: (completions: readonly Completion[]) => void,
    signal?: AbortSignal,
  ): Promise<GenerateResult> {
    return this.pool.request("generate", params, { signal, onProgress: onCompletions });
  }

  /** Log-probabilities of given ids. */
  score(params: ScoreParams, signal?: AbortSignal): Promise<ScoreResult> {
    return this.pool.request("score", params, { signal });
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}

/** Compiled, also when this file runs from its source: Node 20 runs no TypeScript. */
const samplingEngineEntry = new URL("../../dist/engine/sampling-engine.js", import.meta.url);
