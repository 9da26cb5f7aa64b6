/** The judging service: `Judge` by the model itself, and the job that drives any server of `Judge`. */
import { judging } from "@srlm/contracts";
import { implement, type Peers, required, type ServiceModule } from "@srlm/service-kit";
import { aggregateSamples } from "./aggregate-samples.ts";
import { judgingJob } from "./job.ts";
import { judgeAnswers, type ReadSample } from "./judge-answers.ts";
import { rubricOf } from "./rubric-of.ts";
import { samplingMessage, samplingOf } from "./sampling-of.ts";

/** Judgements of each answer where a request says nothing: the paper's. */
const DEFAULT_SAMPLES = 3;

/** One shard is rendered and read while the other's judgements are sampled. */
const DEFAULT_CONCURRENCY = 2;

export interface JudgingOptions {
  /** Shards of judging jobs at once in this process. Default 2. */
  readonly concurrency?: number;
}

export function judgingService({ concurrency = DEFAULT_CONCURRENCY }: JudgingOptions = {}): ServiceModule {
  return {
    name: "judging",
    async create({ jobs, peers }) {
      const job = judgingJob(concurrency);
      return {
        implementations: [
          implement(judging.JudgingServiceDefinition, {
            judge: (request, { signal }) => judge(peers, request, signal),
            async startJudging({ requestId, spec, labels }) {
              const checked = required(spec, "spec");
              required(checked.model, "spec.model");
              required(checked.candidates, "spec.candidates");
              const { maxTokens } = rubricOf(checked.rubric, "spec.rubric");
              samplingOf(checked.sampling, maxTokens, "spec.sampling");
              return { job: await jobs.submit(job, { requestId, spec: checked, labels }) };
            },
          }),
        ],
        jobKinds: [job],
      };
    },
  };
}

async function judge(peers: Peers, request: judging.JudgeRequest, signal: AbortSignal): Promise<judging.JudgeResponse> {
  const rubric = rubricOf(request.rubric, "rubric");
  const sampling = samplingOf(request.sampling, rubric.maxTokens, "sampling");
  request.answers.forEach(({ key }, i) => required(key, `answers[${i}].key`));
  const settings = {
    model: required(request.model, "model"),
    rubric,
    samples: request.samples || DEFAULT_SAMPLES,
    sampling,
    seed: request.seed,
  };
  const { samples, engineFingerprint } = await judgeAnswers(peers, settings, request.answers, signal);
  const judgements = request.answers.map(({ key }, i) => judgement(key, samples[i]!));
  return {
    judgements,
    engineFingerprint,
    rubricSha256: rubric.digest,
    sampling: samplingMessage(sampling),
  };
}

function judgement(key: string, samples: readonly ReadSample[]): judging.Judgement {
  const { mean, variance, parsed } = aggregateSamples(samples);
  return {
    key,
    samples: samples.map(({ text, score, failure }) => ({
      text,
      score: score ?? undefined,
      failure: failure?.toUpperCase() ?? "",
    })),
    mean: mean ?? undefined,
    variance: variance ?? undefined,
    failures: samples.length - parsed,
  };
}
