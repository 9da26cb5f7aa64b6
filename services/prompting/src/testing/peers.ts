/** The services that prompting asks, a few lines each: ids are code points, special tokens have ids above them. */
import { inference, tokenization } from "@srlm/contracts";
import { implement, ServiceError, type ServiceModule, Status } from "@srlm/service-kit";

export interface TestPeers {
  /**
   * What the model says to a text, stop tokens included; it is cut off at max_tokens. Null where the text does not fit
   * its context.
   */
  says: (text: string, attempt: number, seed: number) => string | null;
  readonly generated: inference.GenerateRequest[];
}

export const SPECIAL_TOKENS = ["<bos>", "<user>", "<assistant>", "<end>"];
export const ENGINE = "test-engine-1";

const FIRST_SPECIAL = 0x110000;
export const idOf = (token: string): number => FIRST_SPECIAL + SPECIAL_TOKENS.indexOf(token);

function toIds(text: string): number[] {
  const parts = text.match(/<(?:bos|user|assistant|end)>|[\s\S]/gu) ?? [];
  return parts.map((part) => (SPECIAL_TOKENS.includes(part) ? idOf(part) : (part.codePointAt(0) as number)));
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
        renderChat: unimplemented,
        describeTokenizer: async () => ({
          eosId: idOf("<end>"),
          specialTokens: Object.fromEntries(SPECIAL_TOKENS.map((token) => [token, idOf(token)])),
        }),
        encode: async ({ texts, addSpecialTokens }) => ({
          sequences: texts.map((text) => ({ ids: toIds(addSpecialTokens ? `<bos>${text}` : text) })),
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
    peers.generated.push(request);
    for (const [promptIndex, { key, ids }] of [...request.prompts.entries()].reverse()) {
      const base = { promptIndex, candidateIndex: 0, engineFingerprint: ENGINE };
      const attempt = Number(key.replace("attempt-", ""));
      const said = peers.says(toText(ids), attempt, request.seed);
      if (said === null) {
        if (request.tooLong !== inference.TooLongPolicy.SKIP) {
          throw new ServiceError(Status.INVALID_ARGUMENT, "PROMPT_TOO_LONG", "the prompt does not fit");
        }
        yield { ...base, finishReason: inference.FinishReason.PROMPT_TOO_LONG };
        continue;
      }
      const whole = toIds(said);
      const stop = whole.findIndex((id) => request.stopIds.includes(id));
      const length = Math.min(request.sampling?.maxTokens ?? 0, stop === -1 ? Infinity : stop + 1);
      const stopped = stop !== -1 && stop < length;
      const finishReason = stopped ? inference.FinishReason.STOP : inference.FinishReason.LENGTH;
      yield { ...base, ids: whole.slice(0, length), finishReason };
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
