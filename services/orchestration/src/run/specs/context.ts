import { inference, type judging, training } from "@srlm/contracts";
import type { SamplingDefaults } from "../../config/fields.ts";
import type { Config } from "../../config/schema.ts";
import type { TrainingConfig } from "../../config/training-section.ts";
import { makerOf } from "../plan.ts";
import { type ArtifactRef, type RunState, succeededJob } from "../run-state.ts";

/** What a job's spec may depend on: configuration, inputs, and outputs of earlier stages. No time, no machine. */
export type SpecContext = Pick<RunState, "config" | "seed" | "inputs" | "facts" | "stages">;

/** An output of a stage that has succeeded: the plan lets no other be asked for. */
export function outputOf(run: SpecContext, stage: string, output: string): ArtifactRef {
  const ref = succeededJob(run, stage)?.outputs[output];
  if (ref === undefined) throw new Error(`stage ${stage} has no output ${output} yet`);
  return ref;
}

export function inputOf(run: SpecContext, name: string): ArtifactRef {
  const ref = run.inputs[name];
  if (ref === undefined) throw new Error(`the run has no input ${name}`);
  return ref;
}

export function modelRef(run: SpecContext, model: string): ArtifactRef {
  const maker = makerOf(run.config, model);
  return maker === undefined ? inputOf(run, "model") : outputOf(run, maker, "model");
}

/** Directory whose tokenizer all stages share. */
export function tokenizerRef(run: SpecContext): ArtifactRef {
  return run.config.model === undefined ? outputOf(run, "tokenizer", "tokenizer") : inputOf(run, "model");
}

type SamplingSettings = SamplingDefaults & Pick<Config["sampling"], "top_k" | "min_p" | "repetition_penalty">;

export function samplingParameters(settings: SamplingSettings): inference.SamplingParameters {
  return inference.SamplingParameters.fromPartial({
    temperature: settings.temperature,
    topP: settings.top_p,
    topK: settings.top_k,
    minP: settings.min_p,
    repetitionPenalty: settings.repetition_penalty,
    maxTokens: settings.max_tokens,
  });
}

/** The rubric of the configuration: a built-in one, or the text that the client handed over. */
export function rubricOf({ config, facts }: Pick<SpecContext, "config" | "facts">): judging.Rubric {
  const { rubric } = config.judging;
  if (rubric !== undefined) return { source: { $case: "builtin", value: rubric } };
  return { source: { $case: "template", value: facts.rubricTemplate ?? "" } };
}

const SCHEDULES = {
  constant: training.ScheduleKind.CONSTANT,
  linear: training.ScheduleKind.LINEAR,
  cosine: training.ScheduleKind.COSINE,
} as const;

/** Optimiser, schedule, length and memory settings, which every objective has. */
export function trainingFields(section: TrainingConfig): Partial<training.TrainingSpec> {
  return {
    optimizer: {
      learningRate: section.learning_rate,
      beta1: section.beta1,
      beta2: section.beta2,
      epsilon: section.epsilon,
      weightDecay: section.weight_decay,
      decayAll: section.decay_all,
    },
    schedule: {
      kind: SCHEDULES[section.schedule],
      warmupSteps: section.warmup_steps,
      finalRatio: section.final_learning_rate / section.learning_rate,
    },
    steps: section.steps ?? 0,
    epochs: section.epochs ?? 0,
    microBatchSize: section.micro_batch_size,
    maxGradientNorm: section.max_gradient_norm,
    dropout: section.dropout,
    checkpointEvery: section.checkpoint_every,
  };
}
