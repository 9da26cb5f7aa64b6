import { tokenization } from "@srlm/contracts";
import { hasEft } from "../inputs.ts";
import { inputOf, type SpecContext, tokenizerRef } from "./context.ts";

/** A tokenizer for a new model, on all text that the run learns from. */
export function tokenizerTrainingSpec(run: SpecContext): tokenization.TokenizerTrainingSpec {
  const settings = run.config.tokenizer;
  if (settings === undefined) throw new Error("only a new model has a tokenizer to train");
  const datasets = ["documents", "ift", ...(hasEft(run.config) ? ["eft"] : [])];
  return tokenization.TokenizerTrainingSpec.fromPartial({
    datasets: datasets.map((name) => inputOf(run, name)),
    vocabularySize: settings.vocabulary_size,
    specialTokens: settings.special_tokens,
    minFrequency: settings.min_frequency,
    splitPattern: settings.split_pattern,
    chatTemplate: settings.chat_template,
    bosToken: settings.bos_token ?? "",
    eosToken: settings.eos_token,
    padToken: settings.pad_token ?? "",
  });
}

/** Longest training example: what is configured, and never more than the context. 0: no limit is known. */
export function maxExampleTokens({ config, facts }: Pick<SpecContext, "config" | "facts">): number {
  const limits = [config.data.max_tokens, config.new_model?.max_positions ?? facts.contextLength ?? 0];
  const known = limits.filter((limit) => limit > 0);
  return known.length === 0 ? 0 : Math.min(...known);
}

export function tokenizationSpec(
  run: SpecContext,
  dataset: "documents" | "ift" | "eft",
): tokenization.TokenizationSpec {
  const documents = dataset === "documents";
  return tokenization.TokenizationSpec.fromPartial({
    tokenizer: tokenizerRef(run),
    dataset: inputOf(run, dataset),
    datasetKind: documents ? tokenization.DatasetKind.DOCUMENTS : tokenization.DatasetKind.SFT_EXAMPLES,
    documentPrefix: documents ? (run.config.pretrain?.document_prefix ?? "") : "",
    documentSuffix: documents ? (run.config.pretrain?.document_suffix ?? "") : "",
    maxTokens: maxExampleTokens(run),
  });
}
