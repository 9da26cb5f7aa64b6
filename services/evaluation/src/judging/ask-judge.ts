/** Answers to rubric scores, by the judging service or whatever stands in its place. */
import { type ArtifactRef, contentId } from "@srlm/artifacts";
import type { inference, judging } from "@srlm/contracts";
import type { Peers } from "@srlm/service-kit";
import { assertOneEach, MODEL_CALL_MS } from "../peer-answers.ts";

export interface JudgeSettings {
  readonly model: ArtifactRef;
  readonly rubric: judging.Rubric;
  /** Judgements of each answer; 0 is the judging service's default. */
  readonly samples: number;
  readonly sampling: inference.SamplingParameters;
  readonly seed: number;
}

export interface AnswerToJudge {
  readonly prompt: string;
  readonly response: string;
}

export interface ReadSample {
  readonly text: string;
  readonly score: number | null;
  readonly failure: string | null;
}

export interface JudgedAnswer {
  /** Mean of the samples with a score; null where none has. */
  readonly score: number | null;
  /** At least one. */
  readonly samples: readonly ReadSample[];
}

export interface Judged {
  /** In the order of the answers. */
  readonly answers: readonly JudgedAnswer[];
  /** Empty where the judge does not say. */
  readonly engineFingerprint: string;
  readonly rubricSha256: string;
  /** As used; as asked for where the judge does not say. */
  readonly sampling: inference.SamplingParameters;
}

/** What a judge gave that says neither score nor reason. */
const NO_REASON = "NO_SCORE";

function readJudgement({ samples, mean }: judging.Judgement): JudgedAnswer {
  const read = samples.map(({ text, score, failure }) =>
    score === undefined ? { text, score: null, failure: failure || NO_REASON } : { text, score, failure: null },
  );
  return {
    score: mean ?? null,
    samples:
      read.length > 0 ? read : [{ text: "", score: mean ?? null, failure: mean === undefined ? NO_REASON : null }],
  };
}

/**
 * Judges answers in one call. Equal answers to one prompt are judged once; random numbers are keyed by both, so that
 * neither order nor company matters. Errors are those of JudgingService.Judge.
 */
export async function askJudge(
  peers: Peers,
  settings: JudgeSettings,
  answers: readonly AnswerToJudge[],
  signal: AbortSignal,
): Promise<Judged> {
  const keyed = answers.map(({ prompt, response }) => ({ key: contentId({ prompt, response }), prompt, response }));
  const distinct = [...new Map(keyed.map((answer) => [answer.key, answer])).values()];
  const response = await peers.judging.judge({ ...settings, answers: distinct }, { signal, timeoutMs: MODEL_CALL_MS });
  const { judgements, engineFingerprint, rubricSha256, sampling = settings.sampling } = response;
  assertOneEach(distinct.length, judgements.length, "JudgingService.Judge");
  const byKey = new Map(distinct.map(({ key }, i) => [key, readJudgement(judgements[i] as judging.Judgement)]));
  const inOrder = keyed.map(({ key }) => byKey.get(key) as JudgedAnswer);
  return { answers: inOrder, engineFingerprint, rubricSha256, sampling };
}
