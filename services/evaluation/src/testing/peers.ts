/** The services that evaluation asks, a few lines each, served over real sockets: text is ids by code point. */
import { inference, judging, tokenization } from "@srlm/contracts";
import { implement, type RequestContext, ServiceError, type ServiceModule, Status } from "@srlm/service-kit";

/** What a model does, by the digest of its artifact. */
export interface TestModel {
  answer?(prompt: string, seed: number): string | Promise<string>;
  /** Score of the `sample`-th judgement; null where none can be read. */
  judge?(prompt: string, response: string, sample: number): number | null;
}

export interface TestPeers {
  readonly models: Map<string, TestModel>;
  /** Tokens that prompt and answer have together at most. */
  context: number;
  /** What a judge is asked, call by call. */
  readonly judged: judging.JudgeRequest[];
  readonly generated: inference.GenerateRequest[];
  /** Milliseconds that callers of Generate and Judge said they would wait. */
  readonly patience: number[];
}

export const TOKENIZER_SHA256 = "a".repeat(64);
export const TEMPLATE_SHA256 = "b".repeat(64);
export const RUBRIC_SHA256 = "c".repeat(64);
/** The limit that every rubric has here. */
export const RUBRIC_TOKENS = 77;
export const ENGINE = "test-engine-1";

const EOS = 3;

const toIds = (text: string) => Array.from(text, (letter) => letter.codePointAt(0) as number);
const toText = (ids: readonly number[]) => ids.map((id) => (id === EOS ? "<end>" : String.fromCodePoint(id))).join("");

async function unimplemented(): Promise<never> {
  throw new ServiceError(Status.UNIMPLEMENTED, "UNIMPLEMENTED", "not part of this test");
}

export const tokenizationPeer: ServiceModule = {
  name: "tokenization",
  create: async () => ({
    implementations: [
      implement(tokenization.TokenizationServiceDefinition, {
        encode: unimplemented,
        startTokenization: unimplemented,
        startTokenizerTraining: unimplemented,
        async describeTokenizer() {
          return { eosId: EOS, tokenizerSha256: TOKENIZER_SHA256 };
        },
        async renderChat({ conversations }) {
          const chats = conversations.map(({ messages }) => {
            const text = `${messages.map(({ role, content }) => `<${role}>${content}`).join("")}<assistant>`;
            return { text, ids: toIds(text) };
          });
          return { chats, templateSha256: TEMPLATE_SHA256 };
        },
        async decode({ sequences }) {
          return { texts: sequences.map(({ ids }) => toText(ids)) };
        },
      }),
    ],
  }),
};

function modelOf({ models }: TestPeers, sha256: string | undefined): TestModel {
  const model = models.get(sha256 ?? "");
  if (model) return model;
  throw new ServiceError(Status.NOT_FOUND, "ARTIFACT_NOT_FOUND", `model ${sha256} is not in the store`);
}

/** Completions in reverse order: the contract promises none. */
export function inferencePeer(peers: TestPeers): ServiceModule {
  async function* generate(request: inference.GenerateRequest, { deadline }: RequestContext) {
    peers.generated.push(request);
    peers.patience.push(deadline - Date.now());
    const model = modelOf(peers, request.model?.sha256);
    const maxTokens = request.sampling?.maxTokens ?? 0;
    for (const [promptIndex, { ids }] of [...request.prompts.entries()].reverse()) {
      const base = { promptIndex, candidateIndex: 0, engineFingerprint: ENGINE };
      if (ids.length + maxTokens > peers.context) {
        yield { ...base, finishReason: inference.FinishReason.PROMPT_TOO_LONG };
        continue;
      }
      const prompt = /^<user>(.*)<assistant>$/s.exec(toText(ids))?.[1] ?? "";
      const whole = [...toIds((await model.answer?.(prompt, request.seed)) ?? ""), EOS];
      const cut = whole.length > maxTokens;
      const finishReason = cut ? inference.FinishReason.LENGTH : inference.FinishReason.STOP;
      yield { ...base, ids: whole.slice(0, maxTokens), finishReason };
    }
  }
  return {
    name: "inference",
    create: async () => ({
      implementations: [
        implement(inference.InferenceServiceDefinition, {
          generate,
          scoreTokens: unimplemented,
          describeEngine: unimplemented,
          startSampling: unimplemented,
        }),
      ],
    }),
  };
}

export function judgingPeer(peers: TestPeers): ServiceModule {
  async function judge(request: judging.JudgeRequest, { deadline }: RequestContext) {
    peers.judged.push(request);
    peers.patience.push(deadline - Date.now());
    const model = modelOf(peers, request.model?.sha256);
    const judgements = request.answers.map(({ key, prompt, response }) => {
      const scores = Array.from({ length: request.samples || 3 }, (_, i) => model.judge?.(prompt, response, i) ?? null);
      const read = scores.filter((score) => score !== null);
      return {
        key,
        samples: scores.map((score) =>
          score === null ? { text: "hm", failure: "NO_SCORE" } : { text: `Score: ${score}`, score },
        ),
        mean: read.length > 0 ? read.reduce((sum, score) => sum + score, 0) / read.length : undefined,
        failures: scores.length - read.length,
      };
    });
    const { sampling } = request;
    const used = sampling && { ...sampling, maxTokens: sampling.maxTokens || RUBRIC_TOKENS };
    return { judgements, engineFingerprint: ENGINE, rubricSha256: RUBRIC_SHA256, sampling: used };
  }
  return {
    name: "judging",
    create: async () => ({
      implementations: [implement(judging.JudgingServiceDefinition, { judge, startJudging: unimplemented })],
    }),
  };
}
