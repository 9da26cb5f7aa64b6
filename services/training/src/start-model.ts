/** Where a training starts, and which tokenizer its model carries on. */
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactRef, ArtifactStore } from "@srlm/artifacts";
import type { training } from "@srlm/contracts";
import type { LlamaConfig } from "@srlm/language-model";
import { type Peers, required } from "@srlm/service-kit";
import type { StartParams } from "./engine/protocol.ts";

type Objective = NonNullable<training.TrainingSpec["objective"]>;

/** All that transformers may keep of a tokenizer beside the weights. */
const tokenizerFiles = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "chat_template.jinja",
  "tokenizer.model",
  "vocab.json",
  "merges.txt",
];

/** Standard deviation that transformers would draw new weights with; written to config.json, used by nothing here. */
const initializerRange = 0.02;

/** The directory artifact that the trained model takes its tokenizer from. */
export function tokenizerOf(objective: Objective): ArtifactRef {
  return objective.$case === "pretrain"
    ? required(objective.value.newModel?.tokenizer, "spec.pretrain.new_model.tokenizer")
    : required(objective.value.model, `spec.${objective.$case}.model`);
}

export async function startParams(
  objective: Objective,
  artifacts: ArtifactStore,
  peers: Peers,
  signal: AbortSignal,
): Promise<StartParams> {
  if (objective.$case !== "pretrain") {
    return { kind: "directory", directory: await artifacts.materialize(tokenizerOf(objective), { signal }) };
  }
  const shape = required(objective.value.newModel, "spec.pretrain.new_model");
  const tokenizer = await peers.tokenization.describeTokenizer({ tokenizer: shape.tokenizer }, { signal });
  const config: LlamaConfig = {
    vocabSize: tokenizer.vocabularySize,
    hiddenSize: shape.hiddenSize,
    intermediateSize: shape.intermediateSize,
    layerCount: shape.layers,
    headCount: shape.attentionHeads,
    keyValueHeadCount: shape.keyValueHeads,
    headDimension: shape.hiddenSize / shape.attentionHeads,
    rmsNormEpsilon: shape.rmsNormEps,
    maxPositions: shape.maxPositions,
    ropeTheta: shape.ropeTheta,
    ropeScaling: null,
    tiedEmbeddings: shape.tieEmbeddings,
    attentionBias: false,
    mlpBias: false,
    initializerRange,
    bosTokenId: tokenizer.bosId ?? null,
    eosTokenIds: tokenizer.eosId === undefined ? [] : [tokenizer.eosId],
    padTokenId: tokenizer.padId ?? null,
  };
  return { kind: "new", config, embeddingStd: shape.embeddingStd };
}

/** Copies the tokenizer's files beside the weights in `modelDirectory`. */
export async function copyTokenizer(
  tokenizer: ArtifactRef,
  modelDirectory: string,
  artifacts: ArtifactStore,
  signal: AbortSignal,
): Promise<void> {
  const source = await artifacts.materialize(tokenizer, { signal });
  for (const name of await readdir(source)) {
    if (tokenizerFiles.includes(name)) await copyFile(join(source, name), join(modelDirectory, name));
  }
}
