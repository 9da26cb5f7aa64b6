/** Checks a training spec at the edge: every number in its range, every reference there. INVALID_ARGUMENT by field. */
import type { training } from "@srlm/contracts";
import { training as contract } from "@srlm/contracts";
import { invalidArgument, required } from "@srlm/service-kit";

type Objective = NonNullable<training.TrainingSpec["objective"]>;

function check(holds: boolean, field: string, range: string, value: number): void {
  if (!holds) throw invalidArgument(field, `must be ${range}, got ${value}`, "TRAINING_INVALID");
}

function checkObjective(objective: Objective, spec: training.TrainingSpec): void {
  switch (objective.$case) {
    case "pretrain":
      required(objective.value.documents, "spec.pretrain.documents");
      checkNewModel(required(objective.value.newModel, "spec.pretrain.new_model"));
      return check(spec.batchSize >= 1, "spec.batch_size", "at least 1", spec.batchSize);
    case "sft":
      required(objective.value.model, "spec.sft.model");
      if (objective.value.sources.length === 0) {
        throw invalidArgument("spec.sft.sources", "must name at least one source", "TRAINING_INVALID");
      }
      return objective.value.sources.forEach(checkSource);
    case "dpo": {
      const { model, pairs, batchSize, beta, nllWeight } = objective.value;
      required(model, "spec.dpo.model");
      required(pairs, "spec.dpo.pairs");
      check(batchSize >= 1, "spec.dpo.batch_size", "at least 1", batchSize);
      check(beta > 0 && Number.isFinite(beta), "spec.dpo.beta", "greater than 0", beta);
      return check(nllWeight >= 0, "spec.dpo.nll_weight", "0 or more", nllWeight);
    }
  }
}

function checkSource({ examples, batchSize, promptLossWeight, weight }: training.SftSource, index: number): void {
  const field = `spec.sft.sources[${index}]`;
  required(examples, `${field}.examples`);
  check(batchSize >= 1, `${field}.batch_size`, "at least 1", batchSize);
  check(promptLossWeight >= 0 && promptLossWeight <= 1, `${field}.prompt_loss_weight`, "in [0, 1]", promptLossWeight);
  check(weight === undefined || weight > 0, `${field}.weight`, "greater than 0", weight ?? 1);
}

function checkNewModel(model: training.NewModel): void {
  const field = "spec.pretrain.new_model";
  required(model.tokenizer, `${field}.tokenizer`);
  const { hiddenSize, layers, attentionHeads, keyValueHeads, intermediateSize, maxPositions } = model;
  const sizes = { hiddenSize, layers, attentionHeads, keyValueHeads, intermediateSize, maxPositions };
  for (const [name, value] of Object.entries(sizes))
    check(value >= 1, `${field}.${snakeCase(name)}`, "at least 1", value);
  const headSize = hiddenSize / attentionHeads;
  check(
    headSize % 2 === 0,
    `${field}.hidden_size`,
    `a multiple of 2 * attention_heads (${attentionHeads})`,
    hiddenSize,
  );
  const divides = attentionHeads % keyValueHeads === 0;
  check(divides, `${field}.key_value_heads`, `a divisor of attention_heads (${attentionHeads})`, keyValueHeads);
  check(model.ropeTheta > 0, `${field}.rope_theta`, "greater than 0", model.ropeTheta);
  check(model.rmsNormEps > 0, `${field}.rms_norm_eps`, "greater than 0", model.rmsNormEps);
  check(model.embeddingStd > 0, `${field}.embedding_std`, "greater than 0", model.embeddingStd);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function checkOptimizer(optimizer: training.AdamW): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = optimizer;
  check(
    learningRate > 0 && Number.isFinite(learningRate),
    "spec.optimizer.learning_rate",
    "greater than 0",
    learningRate,
  );
  check(beta1 >= 0 && beta1 < 1, "spec.optimizer.beta1", "in [0, 1)", beta1);
  check(beta2 >= 0 && beta2 < 1, "spec.optimizer.beta2", "in [0, 1)", beta2);
  check(epsilon > 0, "spec.optimizer.epsilon", "greater than 0", epsilon);
  check(weightDecay >= 0, "spec.optimizer.weight_decay", "0 or more", weightDecay);
}

/** The spec itself, with what the types leave open checked. */
export function checkSpec(spec: training.TrainingSpec | undefined): training.TrainingSpec {
  const checked = required(spec, "spec");
  checkObjective(required(checked.objective, "spec.objective"), checked);
  checkOptimizer(required(checked.optimizer, "spec.optimizer"));
  const schedule = required(checked.schedule, "spec.schedule");
  if (schedule.kind === contract.ScheduleKind.UNSPECIFIED)
    throw invalidArgument("spec.schedule.kind", "must be set", "FIELD_REQUIRED");
  const { finalRatio } = schedule;
  check(finalRatio >= 0 && finalRatio <= 1, "spec.schedule.final_ratio", "in [0, 1]", finalRatio);
  const { steps, epochs, maxGradientNorm, dropout } = checked;
  if (steps > 0 === epochs > 0) {
    throw invalidArgument(
      "spec.steps",
      `or spec.epochs must be set, and one alone: got ${steps} and ${epochs}`,
      "TRAINING_INVALID",
    );
  }
  check(maxGradientNorm >= 0, "spec.max_gradient_norm", "0 or more", maxGradientNorm);
  check(dropout >= 0 && dropout < 1, "spec.dropout", "in [0, 1)", dropout);
  return checked;
}
