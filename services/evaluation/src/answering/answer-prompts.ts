/** Prompts to answers: chat template, sampling, text. One answer each. */
import type { ArtifactRef, PromptRecord } from "@srlm/artifacts";
import { inference } from "@srlm/contracts";
import type { Peers } from "@srlm/service-kit";
import { assertOneEach, MODEL_CALL_MS } from "../peer-answers.ts";

export interface ModelAnswer {
  /** With special tokens in it, without the stop token that ended it. */
  readonly text: string;
  /** Sampled, without the stop token. */
  readonly tokens: number;
  readonly finishReason: "stop" | "length";
  readonly engineFingerprint: string;
}

export interface AnsweredPrompts {
  /** In the order of the prompts; null for one that does not fit the model's context. */
  readonly answers: readonly (ModelAnswer | null)[];
  /** Empty where tokenization does not say. */
  readonly tokenizerSha256: string;
  readonly templateSha256: string;
}

export interface AnsweringSettings {
  /** A model directory: its tokenizer is used with it. */
  readonly model: ArtifactRef;
  readonly sampling: inference.SamplingParameters;
  readonly seed: number;
}

interface Sampled {
  readonly ids: readonly number[];
  readonly finishReason: "stop" | "length";
  readonly engineFingerprint: string;
}

/** One completion each; null for a prompt that does not fit. */
async function sample(
  peers: Peers,
  { model, sampling, seed }: AnsweringSettings,
  prompts: inference.GenerationPrompt[],
  stopIds: number[],
  signal: AbortSignal,
): Promise<(Sampled | null)[]> {
  const sampled = new Map<number, Sampled | null>();
  const tooLong = inference.TooLongPolicy.SKIP;
  const request = { model, prompts, candidates: 1, sampling, stopIds, seed, tooLong };
  for await (const completion of peers.inference.generate(request, { signal, timeoutMs: MODEL_CALL_MS })) {
    sampled.set(completion.promptIndex, readCompletion(completion));
  }
  const inOrder = prompts.flatMap((_, i) => sampled.get(i) ?? (sampled.has(i) ? [null] : []));
  assertOneEach(prompts.length, inOrder.length, "InferenceService.Generate");
  return inOrder;
}

function readCompletion(completion: inference.GenerateResponse): Sampled | null {
  const { ids, finishReason, engineFingerprint } = completion;
  switch (finishReason) {
    case inference.FinishReason.PROMPT_TOO_LONG:
      return null;
    case inference.FinishReason.STOP:
      // The last id ended it: the tokenizer's EOS, or another by which the model's own configuration ends a text.
      return { ids: ids.slice(0, -1), finishReason: "stop", engineFingerprint };
    default:
      return { ids, finishReason: "length", engineFingerprint };
  }
}

async function decode(
  peers: Peers,
  tokenizer: ArtifactRef,
  sampled: readonly Sampled[],
  signal: AbortSignal,
): Promise<string[]> {
  if (sampled.length === 0) return [];
  // Special tokens stay: an answer with one in its middle is not the answer without it.
  const request = { tokenizer, sequences: sampled.map(({ ids }) => ({ ids: [...ids] })), skipSpecialTokens: false };
  const { texts } = await peers.tokenization.decode(request, { signal });
  assertOneEach(sampled.length, texts.length, "TokenizationService.Decode");
  return texts;
}

/** Answers each prompt once, up to the tokenizer's EOS or another end of the model's. Errors are those of the services asked. */
export async function answerPrompts(
  peers: Peers,
  settings: AnsweringSettings,
  prompts: readonly PromptRecord[],
  signal: AbortSignal,
): Promise<AnsweredPrompts> {
  const tokenizer = settings.model;
  const { eosId, tokenizerSha256 } = await peers.tokenization.describeTokenizer({ tokenizer }, { signal });
  const stopIds = eosId === undefined ? [] : [eosId];
  const conversations = prompts.map(({ prompt }) => ({ messages: [{ role: "user", content: prompt }] }));
  const rendered = await peers.tokenization.renderChat(
    { tokenizer, conversations, addGenerationPrompt: true },
    { signal },
  );
  assertOneEach(prompts.length, rendered.chats.length, "TokenizationService.RenderChat");
  // Keyed by prompt id, so that equal seeds give comparable draws for all models.
  const keyed = rendered.chats.map(({ ids }, i) => ({ key: (prompts[i] as PromptRecord).prompt_id, ids }));
  const sampled = await sample(peers, settings, keyed, stopIds, signal);
  const texts = await decode(
    peers,
    tokenizer,
    sampled.filter((each) => each !== null),
    signal,
  );
  let next = 0;
  const answers = sampled.map((each) => {
    if (each === null) return null;
    const { ids, finishReason, engineFingerprint } = each;
    return { text: texts[next++] as string, tokens: ids.length, finishReason, engineFingerprint };
  });
  return { answers, tokenizerSha256, templateSha256: rendered.templateSha256 };
}
