/**
 * Judges answers with a language model: rubric -> judge prompt -> ids -> k sampled continuations -> texts -> scores.
 * Text and ids meet in the tokenization service alone, the model answers by the inference service.
 */
import type { ArtifactRef, Sampling } from "@srlm/artifacts";
import { inference } from "@srlm/contracts";
import { internal, type Peers } from "@srlm/service-kit";
import { type JudgementSample, type NotAsked } from "./aggregate-samples.ts";
import { parseJudgement } from "./parse-judgement.ts";
import { renderRubric } from "./rubric/render-rubric.ts";
import type { RubricTemplate } from "./rubric/rubric-template.ts";
import { samplingMessage } from "./sampling-of.ts";
import { failed } from "./score/score-result.ts";

export interface AnswerToJudge {
  /** Names the answer for the random numbers. */
  readonly key: string;
  readonly prompt: string;
  readonly response: string;
}

export interface Judge {
  readonly model: ArtifactRef;
  readonly rubric: RubricTemplate;
  /** Judgements of each answer, at least 1. */
  readonly samples: number;
  readonly sampling: Sampling;
  readonly seed: number;
}

/** A judgement's words (none where the judge was not asked) and what was read from them. */
export type ReadSample = JudgementSample & { readonly text: string };

export interface JudgedAnswers {
  /** For each answer, in their order, its samples. */
  readonly samples: readonly (readonly ReadSample[])[];
  readonly engineFingerprint: string;
}

/**
 * Judging a batch takes as long as its model does, hours on a slow engine; who waits may give up sooner: no call
 * outlives the deadline of the request that it is made for.
 */
export const JUDGING_MS = 24 * 60 * 60 * 1000;

/** Errors are those of the tokenization and inference services. */
export async function judgeAnswers(
  peers: Peers,
  judge: Judge,
  answers: readonly AnswerToJudge[],
  signal: AbortSignal,
): Promise<JudgedAnswers> {
  const described = await peers.tokenization.describeTokenizer({ tokenizer: judge.model }, { signal });
  const specialTokens = Object.keys(described.specialTokens).filter((token) => token !== "");
  const spellsToken = (text: string) => specialTokens.some((token) => text.includes(token));
  const asked = answers.filter(({ prompt, response }) => !spellsToken(prompt) && !spellsToken(response));
  if (asked.length === 0) {
    const { engineFingerprint } = await peers.inference.describeEngine({}, { signal });
    return { samples: answers.map(() => notAsked(judge, "special_token_in_text")), engineFingerprint };
  }
  const stopIds = described.eosId === undefined ? [] : [described.eosId];
  const { samples, engineFingerprint } = await askModel(peers, judge, asked, stopIds, signal);
  const byAnswer = new Map(asked.map((answer, i) => [answer, samples[i]!]));
  return {
    samples: answers.map((answer) => byAnswer.get(answer) ?? notAsked(judge, "special_token_in_text")),
    engineFingerprint,
  };
}

function notAsked({ samples }: Judge, failure: NotAsked): ReadSample[] {
  return Array.from({ length: samples }, () => ({ text: "", score: null, failure }));
}

async function askModel(
  peers: Peers,
  judge: Judge,
  answers: readonly AnswerToJudge[],
  stopIds: number[],
  signal: AbortSignal,
): Promise<JudgedAnswers> {
  const promptIds = await renderPrompts(peers, judge, answers, signal);
  const { model, sampling, seed } = judge;
  const responses = peers.inference.generate(
    {
      model,
      prompts: answers.map(({ key }, i) => ({ key, ids: promptIds[i]! })),
      candidates: judge.samples,
      sampling: samplingMessage(sampling),
      stopIds,
      seed,
      tooLong: inference.TooLongPolicy.SKIP,
    },
    { signal, timeoutMs: JUDGING_MS },
  );
  // In the order of answers and samples, whatever the order of arrival.
  const completions = Array.from(
    { length: answers.length * judge.samples },
    (): inference.GenerateResponse | undefined => undefined,
  );
  for await (const response of responses) {
    completions[response.promptIndex * judge.samples + response.candidateIndex] = response;
  }
  return readCompletions(peers, judge, completions, signal);
}

/** The ids of each answer's judge prompt. */
async function renderPrompts(
  peers: Peers,
  { model, rubric }: Judge,
  answers: readonly AnswerToJudge[],
  signal: AbortSignal,
): Promise<number[][]> {
  const texts = answers.map(({ prompt, response }) => renderRubric(rubric, { prompt, response }));
  if (rubric.format === "raw") {
    const { sequences } = await peers.tokenization.encode({ tokenizer: model, texts }, { signal });
    return sequences.map(({ ids }) => ids);
  }
  const conversations = texts.map((content) => ({ messages: [{ role: "user", content }] }));
  const request = { tokenizer: model, conversations, addGenerationPrompt: true };
  const { chats } = await peers.tokenization.renderChat(request, { signal });
  return chats.map(({ ids }) => ids);
}

async function readCompletions(
  peers: Peers,
  { model, rubric, samples }: Judge,
  completions: readonly (inference.GenerateResponse | undefined)[],
  signal: AbortSignal,
): Promise<JudgedAnswers> {
  const all = Array.from(completions, (completion) => {
    if (completion === undefined) throw internal("the inference service left out a completion that was asked for");
    return completion;
  });
  // Without the id that ended it, which need not be one of the tokenizer's special tokens.
  const stopped = ({ finishReason }: inference.GenerateResponse) => finishReason === inference.FinishReason.STOP;
  const sequences = all.map((completion) => ({ ids: completion.ids.slice(0, stopped(completion) ? -1 : undefined) }));
  const { texts } = await peers.tokenization.decode(
    { tokenizer: model, sequences, skipSpecialTokens: true },
    { signal },
  );
  const read = all.map(({ finishReason }, i) => readSample(texts[i]!, finishReason, rubric));
  const perAnswer = Array.from({ length: all.length / samples }, (_, i) => read.slice(i * samples, (i + 1) * samples));
  return { samples: perAnswer, engineFingerprint: all[0]!.engineFingerprint };
}

/**
 * A judgement that was cut off at the length limit is read as far as it goes; in the compact format, where the score
 * must be the end, it has none.
 */
function readSample(text: string, finishReason: inference.FinishReason, { scores }: RubricTemplate): ReadSample {
  if (finishReason === inference.FinishReason.PROMPT_TOO_LONG)
    return { text: "", score: null, failure: "prompt_too_long" };
  const cutOff = finishReason === inference.FinishReason.LENGTH;
  if (cutOff && scores === "compact") return { text, ...failed("not_at_end") };
  return { text, ...parseJudgement(text, scores) };
}
