/** The services that judging asks, a few lines each: ids are code points, special tokens have ids above them. */
import { inference, tokenization } from "@srlm/contracts";
import { implement, notFound, ServiceError, type ServiceModule, Status } from "@srlm/service-kit";

export interface Said {
  readonly text: string;
  /** Cut off at the length limit. */
  readonly cutOff?: boolean;
}

/** What the judge says to a judge prompt; null where that prompt does not fit its context. */
export type Speech = (prompt: string, sample: number, key: string) => Said | string | null;

export interface TestPeers {
  says: Speech;
  readonly generated: inference.GenerateRequest[];
}

export const SPECIAL_TOKENS = ["<user>", "<assistant>", "<judge>", "<review>", "<end>"];
export const ENGINE = "test-engine-1";
/** A model that no server has. */
export const UNKNOWN_MODEL = "f".repeat(64);

const FIRST_SPECIAL = 0x110000;
const EOS = FIRST_SPECIAL + SPECIAL_TOKENS.indexOf("<end>");

function toIds(text: string): number[] {
  const parts = text.match(/<(?:user|assistant|judge|review|end)>|[\s\S]/gu) ?? [];
  return parts.map((part) => {
    const special = SPECIAL_TOKENS.indexOf(part);
    return special === -1 ? (part.codePointAt(0) as number) : FIRST_SPECIAL + special;
  });
}

function toText(ids: readonly number[], skip = false): string {
  const special = (id: number) => (skip ? "" : SPECIAL_TOKENS[id - FIRST_SPECIAL]);
  return ids.map((id) => (id < FIRST_SPECIAL ? String.fromCodePoint(id) : special(id))).join("");
}

async function unimplemented(): Promise<never> {
  throw new ServiceError(Status.UNIMPLEMENTED, "UNIMPLEMENTED", "not part of this test");
}

export const tokenizationPeer: ServiceModule = {
  name: "tokenization",
  create: async () => ({
    implementations: [
      implement(tokenization.TokenizationServiceDefinition, {
        startTokenization: unimplemented,
        startTokenizerTraining: unimplemented,
        describeTokenizer: async () => ({
          eosId: EOS,
          specialTokens: Object.fromEntries(SPECIAL_TOKENS.map((token, i) => [token, FIRST_SPECIAL + i])),
        }),
        encode: async ({ texts, addSpecialTokens }) => ({
          sequences: texts.map((text) => ({ ids: toIds(addSpecialTokens ? `<user>${text}` : text) })),
        }),
        renderChat: async ({ conversations, addGenerationPrompt }) => ({
          chats: conversations.map(({ messages }) => {
            const turns = messages.map(({ role, content }) => `<${role}>${content}`).join("");
            return { ids: toIds(addGenerationPrompt ? `${turns}<assistant>` : turns) };
          }),
        }),
        decode: async ({ sequences, skipSpecialTokens }) => ({
          texts: sequences.map(({ ids }) => toText(ids, skipSpecialTokens)),
        }),
      }),
    ],
  }),
};

/** Completions in reverse order: the contract promises none. */
export function inferencePeer(peers: TestPeers): ServiceModule {
  async function* generate(request: inference.GenerateRequest) {
    if (request.model?.sha256 === UNKNOWN_MODEL) throw notFound("ARTIFACT_NOT_FOUND", "the model is not in the store");
    peers.generated.push(request);
    for (let promptIndex = request.prompts.length - 1; promptIndex >= 0; promptIndex -= 1) {
      const { key, ids } = request.prompts[promptIndex]!;
      for (let candidateIndex = request.candidates - 1; candidateIndex >= 0; candidateIndex -= 1) {
        const base = { promptIndex, candidateIndex, engineFingerprint: ENGINE };
        const said = peers.says(toText(ids), candidateIndex, key);
        if (said === null) {
          yield { ...base, finishReason: inference.FinishReason.PROMPT_TOO_LONG };
          continue;
        }
        const { text, cutOff = false } = typeof said === "string" ? { text: said } : said;
        const finishReason = cutOff ? inference.FinishReason.LENGTH : inference.FinishReason.STOP;
        yield { ...base, ids: [...toIds(text), ...(cutOff ? [] : request.stopIds)], finishReason };
      }
    }
  }
  return {
    name: "inference",
    create: async () => ({
      implementations: [
        implement(inference.InferenceServiceDefinition, {
          generate,
          scoreTokens: unimplemented,
          describeEngine: async () => ({ engineFingerprint: ENGINE }),
          startSampling: unimplemented,
        }),
      ],
    }),
  };
}
