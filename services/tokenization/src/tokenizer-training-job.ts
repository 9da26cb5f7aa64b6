/** The tokenizer training job: one shard, since merges depend on all the text. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ArtifactRef, recordOrigin } from "@srlm/artifacts";
import { tokenization } from "@srlm/contracts";
import type { JobKind } from "@srlm/service-kit";
import { type SplitPattern, type TokenizerTrainingOptions, trainTokenizer, writeTokenizerFiles } from "@srlm/tokenizer";
import { datasetTexts } from "./dataset-texts.ts";

interface TrainedTokenizer {
  readonly tokenizer: ArtifactRef;
  readonly texts: number;
}

export const tokenizerTrainingJob: JobKind<tokenization.TokenizerTrainingSpec, null, TrainedTokenizer> = {
  kind: "tokenizer-training",
  specType: tokenization.TokenizerTrainingSpec,
  unit: "tokens",
  plan: async (spec) => [{ payload: null, size: spec.vocabularySize }],
  async runShard(spec, _, run) {
    let texts = 0;
    const counted = async function* () {
      for await (const text of datasetTexts(run.artifacts, spec.datasets, run.signal)) {
        texts += 1;
        yield text;
      }
    };
    const files = await trainTokenizer(counted(), {
      ...trainingOptions(spec),
      onProgress: (progress) => {
        run.signal.throwIfAborted();
        if (progress.phase === "merging") run.report(progress.vocabularySize);
      },
    });
    const directory = await mkdtemp(join(tmpdir(), "srlm-tokenizer-"));
    try {
      await writeTokenizerFiles(directory, files);
      return { value: { tokenizer: await run.artifacts.putDirectory(directory, { signal: run.signal }), texts } };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
  async finish(spec, [result], { artifacts, job, signal }) {
    const { tokenizer, texts } = result!.value;
    const inputs = Object.fromEntries(spec.datasets.map((dataset, i) => [`dataset_${i}`, dataset]));
    const { datasets: _, ...parameters } = spec;
    const origin = { kind: "tokenizer", producer: job, inputs, parameters: { ...parameters } };
    await recordOrigin(artifacts, tokenizer, origin, { signal });
    return { outputs: { tokenizer }, metrics: { texts } };
  },
};

/** Options of the spec; what is empty there has its default. Their ranges are checked by `trainTokenizer`. */
export function trainingOptions(spec: tokenization.TokenizerTrainingSpec): TokenizerTrainingOptions {
  return {
    vocabularySize: spec.vocabularySize,
    specialTokens: spec.specialTokens,
    ...(spec.minFrequency > 0 && { minFrequency: spec.minFrequency }),
    ...(spec.splitPattern !== "" && { splitPattern: spec.splitPattern as SplitPattern }),
    ...(spec.chatTemplate !== "" && { chatTemplate: spec.chatTemplate }),
    ...(spec.bosToken !== "" && { bosToken: spec.bosToken }),
    ...(spec.eosToken !== "" && { eosToken: spec.eosToken }),
    ...(spec.padToken !== "" && { padToken: spec.padToken }),
  };
}
