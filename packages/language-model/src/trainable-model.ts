import type { AdamWSlot, Backend } from "@srlm/tensor-kernels";
import { LanguageModelError } from "./errors.ts";
import { type NamedTensor, SafetensorsReader, writeSafetensors } from "./hugging-face/safetensors.ts";
import type { LanguageModel } from "./language-model.ts";
import { arrangeParameters, type DecoderParameters } from "./llama/decoder-parameters.ts";
import { llamaBackward } from "./llama/llama-backward.ts";
import { llamaForward, type ResidualDropout } from "./llama/llama-forward.ts";
import type { TokenBatch } from "./token-batch.ts";

/** AdamW as torch.optim.AdamW. */
export interface OptimizerSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Which tensors decay, by name; default: all. */
  readonly decays?: ((name: string) => boolean) | undefined;
}

/** The paper's dropout on the residual branches. The mask is a function of (seed, step, sequence, position, place). */
export interface DropoutSettings {
  /** In [0, 1). */
  readonly rate: number;
  readonly seed: number;
}

export interface UpdateReport {
  /** L2 norm of all gradients before clipping. */
  readonly gradientNorm: number;
  /** Factor that clipping applied; 1: none. */
  readonly gradientScale: number;
}

/** The state of a training that `saveState` writes: tensor names are `<part>/<weight's name>`. */
const stateParts = ["value", "firstMoment", "secondMoment"] as const;
/** torch.nn.utils.clip_grad_norm_ adds it to the norm. */
const clipEpsilon = 1e-6;

/**
 * A model with gradients and moments of all its weights. The caller composes objectives from `accumulateGradients`
 * (any number of times in a step) and `update`. The model's weights change in place; the model is not owned.
 */
export class TrainableModel {
  readonly model: LanguageModel;
  private readonly backend: Backend;
  private readonly settings: OptimizerSettings;
  private readonly slots: ReadonlyMap<string, AdamWSlot>;
  private readonly gradients: DecoderParameters;
  private updates = 0;

  /** Moments are zero, no step done. Call it outside of any backend scope. */
  constructor(model: LanguageModel, settings: OptimizerSettings) {
    const { backend, tensors } = model;
    this.model = model;
    this.backend = backend;
    this.settings = settings;
    const slot = (name: string, shape: readonly number[]): AdamWSlot => ({
      value: model.parameter(name),
      grad: backend.zeros(shape),
      firstMoment: backend.zeros(shape),
      secondMoment: backend.zeros(shape),
      decay: settings.decays?.(name) ?? true,
    });
    this.slots = new Map(tensors.map(({ name, shape }) => [name, slot(name, shape)]));
    this.gradients = arrangeParameters(model.config, (name) => this.slot(name).grad);
  }

  /** Updates done since the moments were zero. */
  get step(): number {
    return this.updates;
  }

  /**
   * Forward pass, `derivative`, backward pass. `derivative` receives log p of each target [N] and returns the loss's
   * derivative by each; the gradients that follow are added to those of the step. Returns the log-probabilities.
   */
  accumulateGradients(
    batch: TokenBatch,
    derivative: (logProbs: Float32Array) => Float32Array,
    dropout?: DropoutSettings,
  ): Float32Array {
    const { backend } = this;
    const { weights } = this.model;
    const residualDropout =
      dropout === undefined || dropout.rate === 0 ? undefined : this.residualDropout(batch, dropout);
    return backend.scope(() => {
      const activations = llamaForward(backend, weights, batch, residualDropout);
      const { hidden_TD } = activations;
      const forward = backend.tokenLogProbs(hidden_TD, weights.head, batch);
      const byLogProb = derivative(forward.logProbs);
      const gradHidden_TD = backend.tokenLogProbsBackward(
        byLogProb,
        hidden_TD,
        weights.head,
        batch,
        forward,
        this.gradients.head,
      );
      llamaBackward(backend, weights, this.gradients, activations, gradHidden_TD, batch, residualDropout);
      return forward.logProbs;
    });
  }

  /** log p of each target of the batch [N], without dropout and without gradient. */
  logProbabilities(batch: TokenBatch): Float32Array {
    return this.model.logProbabilities(batch);
  }

  /** L2 norm over the accumulated gradients: of all tensors, or of those named. */
  gradientNorm(names: readonly string[] = [...this.slots.keys()]): number {
    return this.backend.globalNorm(names.map((name) => this.slot(name).grad));
  }

  /** A copy of one tensor's accumulated gradient. */
  gradient(name: string): Float32Array {
    return this.backend.download(this.slot(name).grad);
  }

  /**
   * One AdamW update with the accumulated gradients, which become zero. `maxGradientNorm` clips: gradients are scaled by
   * min(1, limit / (norm + 1e-6)). Throws NON_FINITE_GRADIENT, with nothing changed, where the norm is not finite.
   */
  update(learningRate: number, maxGradientNorm?: number): UpdateReport {
    const gradientNorm = this.gradientNorm();
    if (!Number.isFinite(gradientNorm)) {
      throw new LanguageModelError(
        "NON_FINITE_GRADIENT",
        `the gradient of step ${this.updates} (from 0) has norm ${gradientNorm}; lower the learning rate or look at the data`,
        { field: "gradient", value: String(gradientNorm) },
      );
    }
    const gradientScale =
      maxGradientNorm === undefined ? 1 : Math.min(1, maxGradientNorm / (gradientNorm + clipEpsilon));
    const { beta1, beta2, epsilon, weightDecay } = this.settings;
    this.updates++;
    this.backend.adamW([...this.slots.values()], {
      learningRate,
      beta1,
      beta2,
      epsilon,
      weightDecay,
      step: this.updates,
      gradScale: gradientScale,
    });
    this.zeroGradients();
    return { gradientNorm, gradientScale };
  }

  zeroGradients(): void {
    this.backend.zero([...this.slots.values()].map(({ grad }) => grad));
  }

  /**
   * Writes weights, moments and step to `path` as a safetensors file: all that a later `restoreState` needs to go on
   * bit for bit. Accumulated gradients are not part of it: save between steps.
   */
  saveState(path: string): void {
    const tensors: NamedTensor[] = stateParts.flatMap((part) =>
      this.model.tensors.map(({ name, shape }) => ({
        name: `${part}/${name}`,
        shape,
        data: this.backend.download(this.slot(name)[part]),
      })),
    );
    writeSafetensors(path, tensors, { step: String(this.updates) });
  }

  /** Throws INVALID_TRAINING_STATE, with nothing changed, where the file is not the state of a model of this shape. */
  restoreState(path: string): void {
    const file = SafetensorsReader.open(path);
    try {
      const step = Number(file.metadata.get("step"));
      if (!Number.isSafeInteger(step) || step < 0) throw invalidState(path, "names no step");
      for (const part of stateParts) {
        for (const { name, shape } of this.model.tensors) {
          const entry = file.entries.get(`${part}/${name}`);
          if (entry === undefined || entry.shape.join() !== shape.join()) {
            throw invalidState(path, `has no tensor "${part}/${name}" of shape [${shape.join(", ")}]`);
          }
        }
      }
      for (const part of stateParts) {
        for (const { name } of this.model.tensors)
          this.backend.write(this.slot(name)[part], file.read(`${part}/${name}`));
      }
      this.updates = step;
      this.zeroGradients();
    } finally {
      file.close();
    }
  }

  /** Frees gradients and moments; the model stays. */
  free(): void {
    for (const { grad, firstMoment, secondMoment } of this.slots.values())
      this.backend.free(grad, firstMoment, secondMoment);
  }

  private slot(name: string): AdamWSlot {
    const slot = this.slots.get(name);
    if (slot === undefined) throw new RangeError(`the model has no tensor "${name}"`);
    return slot;
  }

  private residualDropout({ offsets, dropoutKeys }: TokenBatch, { rate, seed }: DropoutSettings): ResidualDropout {
    const rowKeys = new Int32Array(offsets.at(-1) as number);
    for (const [b, key] of dropoutKeys.entries()) {
      const start = offsets[b] as number;
      for (let t = start; t < (offsets[b + 1] as number); t++) rowKeys[t] = key * this.model.maxPositions + t - start;
    }
    return { rate, seed, step: this.updates, rowKeys };
  }
}

function invalidState(path: string, what: string): LanguageModelError {
  return new LanguageModelError("INVALID_TRAINING_STATE", `${path}: ${what}; it is not a state of this model`, {
    field: path,
  });
}
