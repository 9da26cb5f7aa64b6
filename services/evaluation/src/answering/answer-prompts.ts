/** Prompts to answers: chat template, sampling, text. One answer each. */
import type { ArtifactRef, PromptRecord } from "@srlm/artifacts";
import { inference } from "@srlm/contracts";
import type { Peers } from "@srlm/service-kit";
import { leaveOutTooLong } from "../leave-out-too-long.ts";
import { assertOneEach } from "../peer-answers.ts";

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

interface PromptIds {
  /** Prompt id: equal seeds give comparable draws for all models. */
  readonly key: string;
  readonly ids: number[];
}

async function sample(
  peers: Peers,
  settings: AnsweringSettings,
  prompts: readonly PromptIds[],
  stopIds: readonly number[],
  signal: AbortSignal,
): Promise<Sampled[]> {
  const { model, sampling, seed } = settings;
  const sampled = new Map<number, Sampled>();
  const request = { model, prompts: [...prompts], candidates: 1, sampling, stopIds: [...stopIds], seed };
  for await (const completion of peers.inference.generate(request, { signal })) {
    const { ids, engineFingerprint } = completion;
    const stopped = completion.finishReason === inference.FinishReason.STOP;
    sampled.set(completion.promptIndex, {
      ids: stopped && stopIds.includes(ids.at(-1) ?? -1) ? ids.slice(0, -1) : ids,
      finishReason: stopped ? "stop" : "length",
      engineFingerprint,
    });
  }
  const inOrder = prompts.flatMap((_, i) => sampled.get(i) ?? []);
  assertOneEach(prompts.length, inOrder.length, "InferenceService.Generate");
  return inOrder;
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

/** Answers each prompt once; a tokenizer with an EOS token stops there. Errors are those of the services asked. */
export async function answerPrompts(
  peers: Peers,
  settings: AnsweringSettings,
  prompts: readonly PromptRecord[],
  signal: AbortSignal,
): Promise<AnsweredPrompts> {
  const tokenizer = settings.model;
  const { eosId } = await peers.tokenization.describeTokenizer({ tokenizer }, { signal });
  const stopIds = eosId === undefined ? [] : [eosId];
  const conversations = prompts.map(({ prompt }) => ({ messages: [{ role: "user", content: prompt }] }));
  const rendered = await peers.tokenization.renderChat(
    { tokenizer, conversations, addGenerationPrompt: true },
    { signal },
  );
  assertOneEach(prompts.length, rendered.chats.length, "TokenizationService.RenderChat");
  const promptIds = rendered.chats.map(({ ids }, i) => ({ key: (prompts[i] as PromptRecord).prompt_id, ids }));
  const sampled = await leaveOutTooLong(promptIds, "prompts", (fitting) =>
    sample(peers, settings, fitting, stopIds, signal),
  );
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
  return { answers, templateSha256: rendered.templateSha256 };
}
