/** A shard of a split: prompts answered by the model, answers scored. */
import { type ArtifactRef, type PromptRecord, samplingRecord } from "@srlm/artifacts";
import type { Peers } from "@srlm/service-kit";
import type { AnswerTask } from "../evaluation-tasks.ts";
import { askJudge, type JudgeSettings } from "../judging/ask-judge.ts";
import { judgeSettingRecord } from "../judging/judge-setting-record.ts";
import type { EvaluatedAnswerRecord } from "../records.ts";
import { readVerifiable } from "../verifiers/find-verifier.ts";
import type { Verifier } from "../verifiers/verifier.ts";
import { answerPrompts, type ModelAnswer } from "./answer-prompts.ts";

type Score = Pick<EvaluatedAnswerRecord, "cluster" | "score" | "criteria" | "verifier" | "judgement">;

interface PromptAndAnswer {
  readonly prompt: PromptRecord;
  readonly answer: ModelAnswer;
}

const UNSCORED: Score = { cluster: null, score: null, criteria: null, verifier: null, judgement: null };

function scoreByVerifier(verifier: Verifier, { prompt, answer }: PromptAndAnswer, field: string): Score {
  const verifiable = readVerifiable(verifier, prompt.prompt, field);
  const { score, criteria } = verifiable.verify(answer.text);
  return { cluster: verifiable.cluster, score, criteria: { ...criteria }, verifier: verifier.name, judgement: null };
}

async function scoreByJudge(
  peers: Peers,
  settings: JudgeSettings,
  answered: readonly PromptAndAnswer[],
  signal: AbortSignal,
): Promise<Score[]> {
  const answers = answered.map(({ prompt, answer }) => ({ prompt: prompt.prompt, response: answer.text }));
  const judged = await askJudge(peers, settings, answers, signal);
  const judge = judgeSettingRecord(settings, judged);
  return judged.answers.map(({ score, samples }) => ({
    ...UNSCORED,
    score,
    judgement: { judge, samples: [...samples] },
  }));
}

async function scoreAnswers(
  peers: Peers,
  task: AnswerTask,
  answered: readonly PromptAndAnswer[],
  signal: AbortSignal,
): Promise<Score[]> {
  const { scorer } = task;
  switch (scorer.kind) {
    case "verifier":
      return answered.map((each) => scoreByVerifier(scorer.verifier, each, task.field));
    case "judge":
      return answered.length === 0 ? [] : scoreByJudge(peers, scorer.judge, answered, signal);
    case "none":
      return answered.map(() => UNSCORED);
  }
}

/** Records of the prompts that fit the context, in their order. */
export async function evaluateAnswers(
  peers: Peers,
  model: ArtifactRef,
  seed: number,
  task: AnswerTask,
  prompts: readonly PromptRecord[],
  signal: AbortSignal,
): Promise<EvaluatedAnswerRecord[]> {
  const { sampling, split } = task;
  const made = await answerPrompts(peers, { model, sampling, seed }, prompts, signal);
  const answered = prompts.flatMap((prompt, i) => {
    const answer = made.answers[i];
    return answer ? [{ prompt, answer }] : [];
  });
  const scores = await scoreAnswers(peers, task, answered, signal);
  return answered.map(({ prompt, answer }, i) => ({
    ...(scores[i] as Score),
    split,
    prompt_id: prompt.prompt_id,
    prompt: prompt.prompt,
    answer: answer.text,
    finish_reason: answer.finishReason,
    tokens: answer.tokens,
    model_sha256: model.sha256,
    tokenizer_sha256: made.tokenizerSha256,
    template_sha256: made.templateSha256,
    sampling: samplingRecord(sampling),
    seed,
    engine_fingerprint: answer.engineFingerprint,
  }));
}
