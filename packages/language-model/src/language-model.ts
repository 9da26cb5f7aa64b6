import type { AttentionSpec, Backend, DecoderWeights, KvCache, Tensor } from "@srlm/tensor-kernels";
import { ModelDirectory } from "./hugging-face/read-model-directory.ts";
import type { NamedTensor } from "./hugging-face/safetensors.ts";
import { writeModelDirectory } from "./hugging-face/write-model-directory.ts";
import { arrangeParameters, uploadAttentionSpec } from "./llama/decoder-parameters.ts";
import { type InitialisationSettings, initialWeights } from "./llama/initial-weights.ts";
import { type LlamaConfig, llamaTensors, type TensorSpec } from "./llama/llama-config.ts";
import { llamaHidden } from "./llama/llama-forward.ts";
import type { DecodeModel } from "./sampling/decode-model.ts";
import { packBatch, type TokenBatch } from "./token-batch.ts";

/** A Llama whose weights lie in a backend. Owns its tensors: free it after use. */
export class LanguageModel implements DecodeModel {
  readonly backend: Backend;
  readonly config: LlamaConfig;
  /** Names and shapes of the weights, in the order in which everything walks over them. */
  readonly tensors: readonly TensorSpec[];
  readonly weights: DecoderWeights;
  private readonly parameters: ReadonlyMap<string, Tensor>;
  private readonly attention: AttentionSpec;

  /** `read` returns the values of each of `llamaTensors(config)`. Call it outside of any backend scope. */
  constructor(backend: Backend, config: LlamaConfig, read: (spec: TensorSpec) => Float32Array) {
    this.backend = backend;
    this.config = config;
    this.tensors = llamaTensors(config);
    const parameters = new Map<string, Tensor>();
    this.parameters = parameters;
    try {
      for (const spec of this.tensors) parameters.set(spec.name, backend.upload(read(spec), spec.shape));
      this.attention = uploadAttentionSpec(backend, config);
    } catch (error) {
      backend.free(...parameters.values());
      throw error;
    }
    this.weights = {
      attention: this.attention,
      normEpsilon: config.rmsNormEpsilon,
      ...arrangeParameters(config, (name) => this.parameter(name)),
    };
  }

  /** Reads a Hugging Face directory; see `ModelDirectory.open` for its errors. */
  static load(backend: Backend, directory: string): LanguageModel {
    const files = ModelDirectory.open(directory);
    try {
      return new LanguageModel(backend, files.config, ({ name }) => files.read(name));
    } finally {
      files.close();
    }
  }

  /** A new model with random weights: a function of configuration and settings alone. */
  static initialise(backend: Backend, config: LlamaConfig, settings: InitialisationSettings): LanguageModel {
    return new LanguageModel(backend, config, initialWeights(config, settings));
  }

  get vocabSize(): number {
    return this.config.vocabSize;
  }

  get maxPositions(): number {
    return this.config.maxPositions;
  }

  /** The backend's handle of a weight; it changes in training and lives as long as the model. */
  parameter(name: string): Tensor {
    const tensor = this.parameters.get(name);
    if (tensor === undefined) throw new RangeError(`the model has no tensor "${name}"`);
    return tensor;
  }

  /** Copies of all weights. */
  export(): NamedTensor[] {
    return this.tensors.map(({ name, shape }) => ({ name, shape, data: this.backend.download(this.parameter(name)) }));
  }

  /** Writes config.json, generation_config.json and model.safetensors (F32) to `directory`. */
  save(directory: string): void {
    writeModelDirectory(directory, this.config, this.export());
  }

  /** log p of each target of the batch given the tokens before it [N], natural logarithms, without dropout. */
  logProbabilities(batch: TokenBatch): Float32Array {
    return this.backend.scope(() => {
      const hidden_TD = llamaHidden(this.backend, this.weights, batch);
      return this.backend.tokenLogProbs(hidden_TD, this.weights.head, batch).logProbs;
    });
  }

  /**
   * log p(ids[i] | ids[..i]) for i >= 1, for each sequence (one value less than ids). Works through batches of at most
   * `maxBatchTokens` tokens (one sequence at least).
   */
  scoreTokens(sequences: readonly ArrayLike<number>[], maxBatchTokens = 8192): Float32Array[] {
    const scores: Float32Array[] = [];
    for (let begin = 0; begin < sequences.length; ) {
      let end = begin + 1;
      let tokens = (sequences[begin] as ArrayLike<number>).length;
      while (end < sequences.length && tokens + (sequences[end] as ArrayLike<number>).length <= maxBatchTokens) {
        tokens += (sequences[end++] as ArrayLike<number>).length;
      }
      const batch = packBatch(
        sequences.slice(begin, end).map((ids) => ({ ids, firstTarget: 1 })),
        this,
      );
      const values = this.logProbabilities(batch);
      for (let b = 0; b < end - begin; b++)
        scores.push(values.slice(batch.targetOffsets[b], batch.targetOffsets[b + 1]));
      begin = end;
    }
    return scores;
  }

  createCache(rows: number): KvCache {
    const { layerCount, keyValueHeadCount, headDimension } = this.config;
    return this.backend.createKvCache({ layers: layerCount, kvHeads: keyValueHeadCount, headDim: headDimension }, rows);
  }

  extend(cache: KvCache, ids: Int32Array, offsets: Int32Array): Float32Array {
    return this.backend.extend(this.weights, cache, ids, offsets);
  }

  /** Frees the weights; the model and what was made from it must not be used afterwards. */
  free(): void {
    this.backend.free(...this.parameters.values(), this.attention.rotary.cos, this.attention.rotary.sin);
  }
}
