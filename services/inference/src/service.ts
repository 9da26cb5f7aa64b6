/** The inference service: `Generate` and `ScoreTokens` over engine processes, and the sampling job. */
import { inference } from "@srlm/contracts";
import { type Completion, SamplingEngines } from "@srlm/language-model";
import { implement, type RequestContext, required, type ServiceContext, type ServiceModule } from "@srlm/service-kit";
import { streamOf } from "./completion-stream.ts";
import { samplingJob } from "./job.ts";
import { openModel } from "./models.ts";
import { checkSampling, samplingSettings } from "./sampling-parameters.ts";
import { stopIds } from "./stop-ids.ts";
import { type TooLongPrompt, tooLongPrompts } from "./too-long.ts";

export interface InferenceOptions {
  /** Engine processes: one per core where the backend has one thread. */
  readonly engines: number;
  /** Bytes of models in memory, in each engine. */
  readonly memoryBudgetBytes: number;
  /** `SRLM_BACKEND` of the engines; absent: the environment's. */
  readonly backend?: string;
  /** Milliseconds after which an idle engine exits. */
  readonly keepAliveMs?: number;
}

export function inferenceService(options: InferenceOptions): ServiceModule {
  return {
    name: "inference",
    async create(context) {
      const engines = new SamplingEngines({ ...options, size: options.engines });
      const sampling = samplingJob(engines);
      return {
        implementations: [
          implement(inference.InferenceServiceDefinition, {
            generate: (request, call) => generate(engines, context, request, call),
            scoreTokens: (request, call) => scoreTokens(engines, context, request, call),
            async describeEngine() {
              const { fingerprint, ...description } = await engines.describe();
              return { ...description, engineFingerprint: fingerprint, engines: engines.size };
            },
            async startSampling({ requestId, spec, labels }) {
              const checked = required(spec, "spec");
              checkSampling(checked.sampling, "spec.sampling");
              required(checked.model, "spec.model");
              required(checked.prompts, "spec.prompts");
              return { job: await context.jobs.submit(sampling, { requestId, spec: checked, labels }) };
            },
          }),
        ],
        jobKinds: [sampling],
        close: () => engines.close(),
      };
    },
  };
}

async function* generate(
  engines: SamplingEngines,
  { artifacts }: ServiceContext,
  request: inference.GenerateRequest,
  { signal }: RequestContext,
): AsyncGenerator<inference.GenerateResponse> {
  const sampling = checkSampling(request.sampling, "sampling");
  const model = await openModel(artifacts, request.model, "model", signal);
  const { fingerprint } = await engines.describe();
  const candidates = Math.max(1, request.candidates);
  const params = {
    model,
    prompts: request.prompts,
    settings: {
      sampling: samplingSettings(sampling),
      candidates,
      maxTokens: sampling.max_tokens,
      stopIds: stopIds(model.directory, request.stopIds),
      stopSequences: request.stopSequences.map(({ ids }) => ids),
      seed: request.seed,
    },
  };
  const completions = streamOf<Completion | TooLongPrompt>(async (push, aborted) => {
    const { refused } = await engines.generate(params, push, aborted);
    push(tooLongPrompts(refused, request.tooLong));
  }, signal);
  for await (const completion of completions) {
    if ("ids" in completion) yield response(completion, fingerprint);
    else yield* tooLongResponses(completion, candidates, fingerprint);
  }
}

function response(completion: Completion, engineFingerprint: string): inference.GenerateResponse {
  const { promptIndex, candidateIndex, ids, logProbs, finishReason } = completion;
  return {
    promptIndex,
    candidateIndex,
    ids: [...ids],
    logprobs: [...logProbs],
    finishReason: finishReason === "stop" ? inference.FinishReason.STOP : inference.FinishReason.LENGTH,
    engineFingerprint,
  };
}

function tooLongResponses(
  { promptIndex }: TooLongPrompt,
  candidates: number,
  engineFingerprint: string,
): inference.GenerateResponse[] {
  const finishReason = inference.FinishReason.PROMPT_TOO_LONG;
  return Array.from({ length: candidates }, (_, candidateIndex) => ({
    promptIndex,
    candidateIndex,
    ids: [],
    logprobs: [],
    finishReason,
    engineFingerprint,
  }));
}

async function scoreTokens(
  engines: SamplingEngines,
  { artifacts }: ServiceContext,
  request: inference.ScoreTokensRequest,
  { signal }: RequestContext,
): Promise<inference.ScoreTokensResponse> {
  const model = await openModel(artifacts, request.model, "model", signal);
  const { scores, fingerprint } = await engines.score(
    { model, sequences: request.sequences.map(({ ids }) => ids) },
    signal,
  );
  return { scores: scores.map((logprobs) => ({ logprobs: [...logprobs] })), engineFingerprint: fingerprint };
}
