import type { evaluation, inference, judging, pairing, prompting, tokenization, training } from "@srlm/contracts";
import type { StageRole } from "../plan.ts";
import type { SpecContext } from "./context.ts";
import { evaluationSpec } from "./evaluation.ts";
import { judgingSpec, pairingSpec, samplingSpec } from "./loop.ts";
import { promptingSpec } from "./prompting.ts";
import { tokenizationSpec, tokenizerTrainingSpec } from "./tokenization.ts";
import { dpoSpec, pretrainSpec, sftSpec } from "./training.ts";

/** The Start call of a stage, and what it takes. */
export type StageRequest =
  | { readonly call: "startTokenizerTraining"; readonly spec: tokenization.TokenizerTrainingSpec }
  | { readonly call: "startTokenization"; readonly spec: tokenization.TokenizationSpec }
  | { readonly call: "startTraining"; readonly spec: training.TrainingSpec }
  | { readonly call: "startPromptGeneration"; readonly spec: prompting.PromptGenerationSpec }
  | { readonly call: "startSampling"; readonly spec: inference.SamplingSpec }
  | { readonly call: "startJudging"; readonly spec: judging.JudgingSpec }
  | { readonly call: "startPairing"; readonly spec: pairing.PairingSpec }
  | { readonly call: "startEvaluation"; readonly spec: evaluation.EvaluationSpec };

/** A pure function of configuration, inputs and earlier outputs: a stage that is started again asks for the same. */
export function stageRequest(run: SpecContext, role: Exclude<StageRole, { type: "report" }>): StageRequest {
  switch (role.type) {
    case "tokenizer":
      return { call: "startTokenizerTraining", spec: tokenizerTrainingSpec(run) };
    case "tokenization":
      return { call: "startTokenization", spec: tokenizationSpec(run, role.dataset) };
    case "pretrain":
      return { call: "startTraining", spec: pretrainSpec(run) };
    case "sft":
      return { call: "startTraining", spec: sftSpec(run, role.model) };
    case "prompting":
      return { call: "startPromptGeneration", spec: promptingSpec(run, role.round) };
    case "sampling":
      return { call: "startSampling", spec: samplingSpec(run, role.round, role.shuffled) };
    case "judging":
      return { call: "startJudging", spec: judgingSpec(run, role.round, role.shuffled) };
    case "pairing":
      return { call: "startPairing", spec: pairingSpec(run, role.round, role.shuffled) };
    case "dpo":
      return { call: "startTraining", spec: dpoSpec(run, role.round, role.shuffled) };
    case "evaluation":
      return { call: "startEvaluation", spec: evaluationSpec(run, role.model) };
  }
}
