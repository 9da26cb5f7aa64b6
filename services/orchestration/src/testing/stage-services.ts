/** All stage services in one small module, for tests: real servers and jobs, outputs that are digests of the spec. */
import { canonicalJson } from "@srlm/artifacts";
import { evaluation, inference, type jobs, judging, pairing, prompting, tokenization, training } from "@srlm/contracts";
import {
  type GeneratedDefinition,
  type Implementation,
  type JobKind,
  type MessageCodec,
  ServiceError,
  type ServiceModule,
  Status,
} from "@srlm/service-kit";
import type { StageRole } from "../run/plan.ts";
import { usualMetrics } from "./simulated-jobs.ts";

/** What a test changes about the services. */
export interface StageBehaviour {
  /** Milliseconds that a job takes. */
  delayMs: number;
  /** Called in every shard; may throw, or wait. */
  onShard: (kind: string, spec: unknown, signal: AbortSignal) => Promise<void> | void;
  /** Called in every start; may throw. */
  onStart: (kind: string, labels: Readonly<Record<string, string>>) => void;
  /** Starts seen, by kind. */
  readonly started: string[];
  /** Shards done, by kind. */
  readonly worked: string[];
}

export function usualBehaviour(overrides: Partial<StageBehaviour> = {}): StageBehaviour {
  return { delayMs: 5, onShard: () => {}, onStart: () => {}, started: [], worked: [], ...overrides };
}

interface Stage {
  readonly kind: string;
  readonly role: StageRole["type"];
  readonly definition: GeneratedDefinition;
  readonly method: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- specs of all kinds stand in one list
  readonly specType: MessageCodec<any>;
  readonly outputs: readonly string[];
}

const STAGES: readonly Stage[] = [
  {
    kind: "tokenizer-training",
    role: "tokenizer",
    definition: tokenization.TokenizationServiceDefinition,
    method: "startTokenizerTraining",
    specType: tokenization.TokenizerTrainingSpec,
    outputs: ["tokenizer"],
  },
  {
    kind: "tokenization",
    role: "tokenization",
    definition: tokenization.TokenizationServiceDefinition,
    method: "startTokenization",
    specType: tokenization.TokenizationSpec,
    outputs: ["dataset"],
  },
  {
    kind: "training",
    role: "dpo",
    definition: training.TrainingServiceDefinition,
    method: "startTraining",
    specType: training.TrainingSpec,
    outputs: ["model", "training_log"],
  },
  {
    kind: "prompt-generation",
    role: "prompting",
    definition: prompting.PromptingServiceDefinition,
    method: "startPromptGeneration",
    specType: prompting.PromptGenerationSpec,
    outputs: ["prompts"],
  },
  {
    kind: "sampling",
    role: "sampling",
    definition: inference.InferenceServiceDefinition,
    method: "startSampling",
    specType: inference.SamplingSpec,
    outputs: ["candidates"],
  },
  {
    kind: "judging",
    role: "judging",
    definition: judging.JudgingServiceDefinition,
    method: "startJudging",
    specType: judging.JudgingSpec,
    outputs: ["judgements"],
  },
  {
    kind: "pairing",
    role: "pairing",
    definition: pairing.PairingServiceDefinition,
    method: "startPairing",
    specType: pairing.PairingSpec,
    outputs: ["pairs"],
  },
  {
    kind: "evaluation",
    role: "evaluation",
    definition: evaluation.EvaluationServiceDefinition,
    method: "startEvaluation",
    specType: evaluation.EvaluationSpec,
    outputs: ["answers", "judgements"],
  },
];

/** Parts of a spec that the tests tell jobs apart by must survive JSON. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

function kindOf(stage: Stage, behaviour: StageBehaviour): JobKind<unknown, null, string> {
  return {
    kind: stage.kind,
    specType: stage.specType as MessageCodec<unknown>,
    unit: "steps",
    concurrency: 2,
    plan: async () => [{ payload: null, size: 1 }],
    async runShard(spec, _shard, { signal }) {
      await pause(behaviour.delayMs, signal);
      await behaviour.onShard(stage.kind, spec, signal);
      behaviour.worked.push(stage.kind);
      return { value: canonicalJson(plain(spec)), engineFingerprint: stage.kind === "sampling" ? "wasm/test" : "" };
    },
    async finish(_spec, [result], { artifacts }) {
      const entries = stage.outputs.map(async (name) => {
        const bytes = Buffer.from(`${name} of ${result?.value ?? ""}`);
        return [name, await artifacts.put(bytes, { mediaType: "application/jsonl" })] as const;
      });
      const role = { type: stage.role } as StageRole;
      return { outputs: Object.fromEntries(await Promise.all(entries)), metrics: usualMetrics(role) };
    },
  };
}

/** A score for every model that grows with its round, the same at every call. */
export function summarize(request: evaluation.SummarizeEvaluationsRequest): evaluation.SummarizeEvaluationsResponse {
  const score = (model: string) => (model.endsWith("shuffled") ? 2 : Number(/M(\d)/.exec(model)?.[1] ?? 1.5));
  return evaluation.SummarizeEvaluationsResponse.fromPartial({
    models: request.models.map(({ model }) => ({
      model,
      split: "new_texts",
      answers: 10,
      score: { mean: score(model), low: score(model) - 0.1, high: score(model) + 0.1 },
      histogram: [0, 0, 5, 5, 0, 0],
    })),
    pairs: request.comparisons.map(({ modelA, modelB }) => {
      const mean = score(modelA) - score(modelB);
      return {
        modelA,
        modelB,
        split: "new_texts",
        difference: { mean, low: mean - 0.1, high: mean + 0.1 },
        wins: 5,
        ties: 3,
        losses: 2,
      };
    }),
  });
}

export function stageServices(behaviour: StageBehaviour): ServiceModule {
  return {
    name: "stages",
    async create({ jobs }) {
      const kinds = STAGES.map((stage) => ({ stage, kind: kindOf(stage, behaviour) }));
      const handlers = new Map<GeneratedDefinition, Record<string, unknown>>();
      for (const { stage, kind } of kinds) {
        const known = handlers.get(stage.definition) ?? unimplemented(stage.definition);
        handlers.set(stage.definition, known);
        known[stage.method] = async (request: StartRequest): Promise<{ job: jobs.Job }> => {
          behaviour.started.push(stage.kind);
          behaviour.onStart(stage.kind, request.labels);
          return { job: await jobs.submit(kind, request) };
        };
      }
      const evaluations = handlers.get(evaluation.EvaluationServiceDefinition);
      if (evaluations !== undefined) {
        evaluations["summarizeEvaluations"] = async (request: evaluation.SummarizeEvaluationsRequest) =>
          summarize(request);
      }
      const implementations = [...handlers].map(([definition, own]): Implementation => ({ definition, handlers: own }));
      return { implementations, jobKinds: kinds.map(({ kind }) => kind) };
    },
  };
}

interface StartRequest {
  readonly requestId: string;
  readonly spec: unknown;
  readonly labels: Record<string, string>;
}

function unimplemented(definition: GeneratedDefinition): Record<string, unknown> {
  const refuse = async () => {
    throw new ServiceError(Status.UNIMPLEMENTED, "UNIMPLEMENTED", "the tests need no such call");
  };
  return Object.fromEntries(Object.keys(definition.methods).map((name) => [name, refuse]));
}
