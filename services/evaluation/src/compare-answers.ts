/** CompareAnswers: which of two answers is better, decided by a verifier or by a judge's mean scores. */
import { evaluation } from "@srlm/contracts";
import { invalidArgument, type Peers, required } from "@srlm/service-kit";
import { askJudge } from "./judging/ask-judge.ts";
import { findVerifier, readVerifiable } from "./verifiers/find-verifier.ts";

/** The higher score wins; no decision where one is missing. */
function decide(a: number | null, b: number | null): evaluation.Verdict {
  if (a === null || b === null) return evaluation.Verdict.UNSPECIFIED;
  if (a === b) return evaluation.Verdict.TIE;
  return a > b ? evaluation.Verdict.A_WINS : evaluation.Verdict.B_WINS;
}

function compareByVerifier(comparisons: readonly evaluation.Comparison[], name: string): evaluation.Verdict[] {
  const verifier = findVerifier(name, "verifier");
  return comparisons.map(({ prompt, answerA, answerB }, i) => {
    const verifiable = readVerifiable(verifier, prompt, `comparisons[${i}].prompt`);
    return decide(verifiable.verify(answerA).score, verifiable.verify(answerB).score);
  });
}

/** Each answer is judged by itself, so that the order of a and b cannot matter. */
async function compareByJudge(
  comparisons: readonly evaluation.Comparison[],
  decider: evaluation.JudgeDecider,
  peers: Peers,
  signal: AbortSignal,
): Promise<evaluation.Verdict[]> {
  const settings = {
    model: required(decider.model, "judge.model"),
    rubric: required(decider.rubric, "judge.rubric"),
    samples: decider.samples,
    sampling: required(decider.sampling, "judge.sampling"),
    seed: decider.seed,
  };
  const answers = comparisons.flatMap(({ prompt, answerA, answerB }) => [
    { prompt, response: answerA },
    { prompt, response: answerB },
  ]);
  const judged = await askJudge(peers, settings, answers, signal);
  return comparisons.map((_, i) =>
    decide(judged.answers[2 * i]?.score ?? null, judged.answers[2 * i + 1]?.score ?? null),
  );
}

/** Verdicts in the order of the comparisons. */
export async function compareAnswers(
  { comparisons, decider }: evaluation.CompareAnswersRequest,
  peers: Peers,
  signal: AbortSignal,
): Promise<evaluation.Verdict[]> {
  if (comparisons.length === 0) {
    throw invalidArgument("comparisons", "must hold at least one comparison", "FIELD_REQUIRED");
  }
  const { $case, value } = required(decider, "decider");
  return $case === "verifier"
    ? compareByVerifier(comparisons, value)
    : compareByJudge(comparisons, value, peers, signal);
}
