/**
 * The judging job: candidates are judged through `Judge` of whatever server stands at the judging address, all of a
 * prompt's in one shard, identical answers once. Random numbers are keyed by prompt and answer, so that results depend
 * neither on shards nor on replicas.
 */
import {
  type ArtifactRef,
  type CandidateRecord,
  candidateKind,
  contentId,
  type JudgementRecord,
  joinRecords,
  judgementId,
  judgementKind,
  type RecordRange,
  readRange,
  recordOrigin,
  type Sampling,
  writeRecords,
} from "@srlm/artifacts";
import { judging } from "@srlm/contracts";
import { failedPrecondition, type JobKind, type JobStep, required } from "@srlm/service-kit";
import { candidateShards } from "./candidate-shards.ts";
import { JUDGING_MS } from "./judge-answers.ts";
import { countJudgements, type JudgingCounts, judgingMetrics } from "./judging-metrics.ts";
import { rubricOf } from "./rubric-of.ts";
import { samplingOf } from "./sampling-of.ts";

/** Prompts in a shard where the spec says nothing: with 4 answers and 3 samples each, some 400 judgements. */
const DEFAULT_SHARD_SIZE = 32;

/** What a judge that does not say what computes it is recorded as. */
const UNNAMED_ENGINE = "unnamed";

interface JudgedShard {
  readonly judgements: ArtifactRef;
  readonly counts: JudgingCounts;
}

export function judgingJob(concurrency: number): JobKind<judging.JudgingSpec, RecordRange, JudgedShard> {
  return {
    kind: "judging",
    specType: judging.JudgingSpec,
    unit: "prompts",
    concurrency,
    plan: (spec, { artifacts, signal }) =>
      candidateShards(
        artifacts,
        required(spec.candidates, "spec.candidates"),
        spec.shardSize || DEFAULT_SHARD_SIZE,
        signal,
      ),
    async runShard(spec, range, run) {
      const { artifacts, signal } = run;
      const ref = required(spec.candidates, "spec.candidates");
      const candidates = await readRange(artifacts, candidateKind, ref, range, { signal });
      const distinct = distinctAnswers(candidates);
      const answers = await askJudge(spec, distinct, run);
      const sampling = samplingOfSpec(spec);
      const records = candidates.map((candidate) => judgementRecord(spec, candidate, sampling, answers));
      const judged = [...answers.byKey.values()].map(({ mean, samples }) => ({
        mean: mean ?? null,
        failures: samples.map(({ score, failure }) => (score === undefined ? failure || NO_REASON : null)),
      }));
      const judgements = await writeRecords(artifacts, judgementKind, records, { signal });
      const counts = countJudgements(candidates.length, judged);
      return { value: { judgements, counts }, engineFingerprint: answers.engineFingerprint };
    },
    async finish(spec, results, step) {
      const parts = results.map(({ value }) => value);
      const judgements = await joinRecords(
        step.artifacts,
        judgementKind,
        parts.map((part) => part.judgements),
        step,
      );
      await writeManifest(spec, judgements, results[0]?.engineFingerprint ?? "", step);
      return { outputs: { judgements }, metrics: judgingMetrics(parts.map(({ counts }) => counts)) };
    },
  };
}

/** Of a judge that gives neither score nor reason. */
const NO_REASON = "NO_SCORE";

function samplingOfSpec({ sampling, rubric }: judging.JudgingSpec): Sampling {
  return samplingOf(sampling, rubricOf(rubric, "spec.rubric").maxTokens, "spec.sampling");
}

const answerKey = ({ prompt_id, completion }: CandidateRecord): string => contentId({ prompt_id, completion });

function distinctAnswers(candidates: readonly CandidateRecord[]): judging.JudgedAnswer[] {
  const byKey = new Map(
    candidates.map((candidate) => {
      const key = answerKey(candidate);
      return [key, { key, prompt: candidate.prompt, response: candidate.completion }];
    }),
  );
  return [...byKey.values()];
}

interface Answered {
  readonly byKey: ReadonlyMap<string, judging.Judgement>;
  readonly engineFingerprint: string;
  readonly rubricSha256: string;
}

async function askJudge(
  spec: judging.JudgingSpec,
  answers: judging.JudgedAnswer[],
  { peers, signal }: JobStep,
): Promise<Answered> {
  const { model, rubric, samples, sampling, seed } = spec;
  const request = { model, rubric, answers, samples, sampling, seed };
  const response = await peers.judging.judge(request, { signal, timeoutMs: JUDGING_MS });
  const { judgements } = response;
  const inOrder = answers.every(({ key }, i) => judgements[i]?.key === key && judgements[i].samples.length > 0);
  if (judgements.length !== answers.length || !inOrder) {
    throw failedPrecondition(
      "PEER_BREAKS_CONTRACT",
      `JudgingService.Judge was asked for ${answers.length} answers and gave ${judgements.length} judgements, ` +
        "or gave them without samples or in another order: check the service behind its address",
    );
  }
  return {
    byKey: new Map(judgements.map((judgement) => [judgement.key, judgement])),
    engineFingerprint: response.engineFingerprint || UNNAMED_ENGINE,
    rubricSha256: response.rubricSha256 || rubricOf(rubric, "spec.rubric").digest,
  };
}

function judgementRecord(
  spec: judging.JudgingSpec,
  candidate: CandidateRecord,
  sampling: Sampling,
  { byKey, engineFingerprint, rubricSha256 }: Answered,
): JudgementRecord {
  const { samples, mean, variance, failures } = byKey.get(answerKey(candidate))!;
  const made = {
    candidate_id: candidate.candidate_id,
    judge_model_sha256: spec.model!.sha256,
    rubric_sha256: rubricSha256,
    sampling,
    seed: spec.seed,
    engine_fingerprint: engineFingerprint,
  };
  return {
    ...made,
    judgement_id: judgementId(made),
    prompt_id: candidate.prompt_id,
    samples: samples.map(({ text, score, failure }) =>
      score === undefined ? { text, score: null, failure: failure || NO_REASON } : { text, score, failure: null },
    ),
    mean: mean ?? null,
    variance: variance ?? null,
    failures,
  };
}

async function writeManifest(
  spec: judging.JudgingSpec,
  judgements: ArtifactRef,
  fingerprint: string,
  { artifacts, job, signal }: JobStep,
): Promise<void> {
  const rubric = rubricOf(spec.rubric, "spec.rubric");
  const parameters = {
    rubric: rubric.name,
    rubric_sha256: rubric.digest,
    samples: spec.samples,
    sampling: samplingOfSpec(spec),
    seed: spec.seed,
    engine_fingerprint: fingerprint,
  };
  const inputs = { model: spec.model!, candidates: spec.candidates! };
  await recordOrigin(artifacts, judgements, { kind: "judgement", producer: job, inputs, parameters }, { signal });
}
