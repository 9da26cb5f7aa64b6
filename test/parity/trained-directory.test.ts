/**
 * The directory that a training of the tiny world leaves, weights and tokenizer, opened by transformers as anyone would:
 * same ids of texts and conversations, same text of ids, same logits.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LanguageModel, type LlamaConfig, packBatch, TrainableModel } from "@srlm/language-model";
import { createBackend } from "@srlm/tensor-kernels";
import { CHAT_TEMPLATE, generateTinyWorld, SPECIAL_TOKENS, TUNING_EVALUATION_SEED } from "@srlm/tiny-world";
import { loadTokenizer, type Tokenizer, trainTokenizer, writeTokenizerFiles } from "@srlm/tokenizer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestError, valueTolerance } from "./tolerance.ts";
import { hasTransformers, runPython } from "./transformers-python.ts";

const script = `
import json, sys, torch, transformers
directory, asked = sys.argv[1], json.loads(sys.argv[2])
tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
model = transformers.AutoModelForCausalLM.from_pretrained(directory).float().eval()
def chat(messages, prompt):
    text = tokenizer.apply_chat_template(messages, add_generation_prompt=prompt, tokenize=False)
    ids = tokenizer.apply_chat_template(messages, add_generation_prompt=prompt, tokenize=True, return_dict=False)
    return {"text": text, "ids": ids}
def logits(ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0, -1].tolist()
ids = [tokenizer(text)["input_ids"] for text in asked["texts"]]
json.dump({
    "ids": ids,
    "decoded": [tokenizer.decode(row) for row in ids],
    "decoded_skip": [tokenizer.decode(row, skip_special_tokens=True) for row in ids],
    "chats": [chat(messages, prompt) for messages in asked["conversations"] for prompt in (False, True)],
    "special": {"eos_token": tokenizer.eos_token_id, "pad_token": tokenizer.pad_token_id},
    "generation": [model.generation_config.eos_token_id, model.generation_config.pad_token_id],
    "vocabulary": len(tokenizer),
    "logits": [logits(row) for row in asked["sequences"]],
}, sys.stdout)
`;

interface Theirs {
  ids: number[][];
  decoded: string[];
  decoded_skip: string[];
  chats: { text: string; ids: number[] }[];
  special: Record<string, number>;
  generation: [number | number[], number];
  vocabulary: number;
  logits: number[][];
}

/** The tiny world's model of configs/quickstart.yaml. */
function shapeFor(tokenizer: Tokenizer): LlamaConfig {
  const { eos_token, pad_token } = tokenizer.specialIds;
  return {
    vocabSize: tokenizer.vocabularySize,
    hiddenSize: 64,
    intermediateSize: 176,
    layerCount: 2,
    headCount: 4,
    keyValueHeadCount: 4,
    headDimension: 16,
    rmsNormEpsilon: 1e-5,
    maxPositions: 128,
    ropeTheta: 100,
    ropeScaling: null,
    tiedEmbeddings: true,
    attentionBias: false,
    mlpBias: false,
    initializerRange: 0.02,
    bosTokenId: null,
    eosTokenIds: [eos_token as number],
    padTokenId: pad_token as number,
  };
}

describe.runIf(hasTransformers)("a directory after training in transformers", () => {
  const folder = mkdtempSync(join(tmpdir(), "srlm-trained-"));
  const counts = { documents: 500, ift: 200, eft: 200, heldOut: 5, judgeGroups: 1, answersPerGroup: 2 };
  const world = generateTinyWorld({ seed: 0, evaluationSeed: TUNING_EVALUATION_SEED, counts });
  const examples = [...world.ift, ...world.eft].flatMap(({ prompt, completion }) => [prompt, completion]);
  const texts = [
    ...examples.slice(0, 100),
    ...world.eft.slice(0, 50).map(({ prompt, completion }) => `${prompt}${completion}<end>`),
    "",
    " two  spaces\n\nand lines ",
    "Größe 12345 naïve 火 🍎 <unknown> <end>",
    "<user><assistant>",
  ];
  const conversations = world.ift
    .slice(0, 20)
    .map(({ prompt, completion }, i) => [
      { role: "user", content: prompt },
      ...(i % 2 === 0 ? [] : [{ role: "assistant", content: completion }]),
      ...(i % 4 === 3 ? [{ role: "user", content: " again, <end> " }] : []),
    ]);
  let tokenizer: Tokenizer;
  let logits: Float32Array[];
  let theirs: Theirs;

  beforeAll(async () => {
    const files = await trainTokenizer([...world.documents, ...examples], {
      vocabularySize: 512,
      specialTokens: SPECIAL_TOKENS,
      chatTemplate: CHAT_TEMPLATE,
      eosToken: "<end>",
      padToken: "<pad>",
    });
    await writeTokenizerFiles(folder, files);
    tokenizer = await loadTokenizer(folder);
    const model = LanguageModel.initialise(await createBackend("wasm"), shapeFor(tokenizer), {
      seed: 1,
      embeddingStd: 0.1,
    });
    const sequences = world.ift.slice(0, 12).map(({ prompt, completion }) => {
      const ids = tokenizer.encodeChat([{ role: "user", content: prompt }], { addGenerationPrompt: true });
      return { ids: [...ids, ...tokenizer.encode(`${completion}<end>`)], firstTarget: ids.length };
    });
    train(model, sequences);
    model.save(folder);
    logits = sequences.map(({ ids }) => {
      const cache = model.createCache(1);
      const last = model.extend(cache, Int32Array.from(ids), Int32Array.of(0, ids.length));
      cache.free();
      return last;
    });
    model.free();
    const asked = { texts, conversations, sequences: sequences.map(({ ids }) => ids) };
    theirs = runPython(script, folder, JSON.stringify(asked));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("encodes and decodes texts as ours does", () => {
    const ids = texts.map((text) => tokenizer.encode(text));
    expect(theirs.ids).toEqual(ids);
    expect(theirs.decoded).toEqual(ids.map((row) => tokenizer.decode(row)));
    expect(theirs.decoded_skip).toEqual(ids.map((row) => tokenizer.decode(row, { skipSpecialTokens: true })));
  });

  it("renders and encodes conversations as ours does", () => {
    const ours = conversations.flatMap((messages) =>
      [false, true].map((addGenerationPrompt) => ({
        text: tokenizer.renderChat(messages, { addGenerationPrompt }),
        ids: tokenizer.encodeChat(messages, { addGenerationPrompt }),
      })),
    );
    expect(theirs.chats).toEqual(ours);
  });

  it("has the same special tokens and vocabulary", () => {
    const { eos_token, pad_token } = tokenizer.specialIds;
    expect(theirs.special).toEqual({ eos_token, pad_token });
    expect(theirs.generation.flat()).toEqual([eos_token, pad_token]);
    expect(theirs.vocabulary).toBe(tokenizer.vocabularySize);
  });

  it("computes the same logits", () => {
    for (const [i, row] of logits.entries()) {
      expect(largestError(row, theirs.logits[i] as number[])).toBeLessThan(valueTolerance);
    }
  });
});

/** Far enough from the initial weights that a mix-up of tensors would show. */
function train(model: LanguageModel, sequences: readonly { ids: number[]; firstTarget: number }[]): void {
  const trained = new TrainableModel(model, { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01 });
  const batch = packBatch(sequences, model);
  const losses = Array.from({ length: 40 }, () => {
    const count = batch.targets.length;
    const logProbs = trained.accumulateGradients(batch, () => new Float32Array(count).fill(-1 / count));
    trained.update(5e-3, 1);
    return -logProbs.reduce((sum, value) => sum + value, 0) / count;
  });
  expect(losses.at(-1)).toBeLessThan(0.7 * (losses[0] as number));
  trained.free();
}
