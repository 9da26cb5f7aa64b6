import { training } from "@srlm/contracts";
import { withEft } from "../../config/training-section.ts";
import { hasEft } from "../inputs.ts";
import { BASELINE } from "../model-names.ts";
import { askedModel, madeModel } from "../plan.ts";
import { stageSeed } from "../stage-seed.ts";
import { modelRef, outputOf, type SpecContext, trainingFields } from "./context.ts";

/** M0: a new model on documents. */
export function pretrainSpec(run: SpecContext): training.TrainingSpec {
  const { new_model: shape, pretrain } = run.config;
  if (shape === undefined || pretrain === undefined) throw new Error("only a new model is pre-trained");
  return training.TrainingSpec.fromPartial({
    ...trainingFields(pretrain),
    objective: {
      $case: "pretrain",
      value: {
        newModel: {
          hiddenSize: shape.hidden_size,
          layers: shape.layers,
          attentionHeads: shape.attention_heads,
          keyValueHeads: shape.key_value_heads,
          intermediateSize: shape.intermediate_size,
          maxPositions: shape.max_positions,
          ropeTheta: shape.rope_theta,
          rmsNormEps: shape.rms_norm_eps,
          tieEmbeddings: shape.tie_embeddings,
          embeddingStd: shape.embedding_std,
          tokenizer: outputOf(run, "tokenizer", "tokenizer"),
        },
        documents: outputOf(run, "documents/tokenization", "dataset"),
      },
    },
    batchSize: pretrain.batch_size,
    seed: stageSeed(run.seed, "M0/training"),
  });
}

/** M1 from IFT and EFT; the baseline from IFT alone, with its own weight of prompt tokens. */
export function sftSpec(run: SpecContext, model: string): training.TrainingSpec {
  const { sft, baseline } = run.config;
  const isBaseline = model === BASELINE;
  const ift = {
    examples: outputOf(run, "ift/tokenization", "dataset"),
    batchSize: sft.ift_batch_size,
    promptLossWeight: isBaseline ? baseline.prompt_loss_weight : sft.prompt_loss_weight,
    weight: 1,
  };
  const { eft_batch_size: batchSize, eft_weight: weight } = withEft(sft);
  const eft = !isBaseline && hasEft(run.config) ? outputOf(run, "eft/tokenization", "dataset") : undefined;
  const judged = { examples: eft, batchSize, promptLossWeight: 0, weight };
  return training.TrainingSpec.fromPartial({
    ...trainingFields(sft),
    objective: {
      $case: "sft",
      value: { model: modelRef(run, "M0"), sources: eft === undefined ? [ift] : [ift, judged] },
    },
    seed: stageSeed(run.seed, `${model}/training`),
  });
}

/** The model of a round, from the pairs that the model before it made. */
export function dpoSpec(run: SpecContext, round: number, shuffled: boolean): training.TrainingSpec {
  const { dpo } = run.config;
  const made = madeModel(round, shuffled);
  return training.TrainingSpec.fromPartial({
    ...trainingFields(dpo),
    objective: {
      $case: "dpo",
      value: {
        model: modelRef(run, askedModel(round, shuffled)),
        pairs: outputOf(run, `${made}/pairing`, "pairs"),
        batchSize: dpo.batch_size,
        beta: dpo.beta,
        nllWeight: dpo.nll_weight,
      },
    },
    seed: stageSeed(run.seed, `${made}/training`),
  });
}
