/** The tokenization service: encoding, decoding and chat templates in batches, and its two jobs. */
import { tokenization } from "@srlm/contracts";
import { implement, invalidArgument, required, type ServiceModule } from "@srlm/service-kit";
import { checkTrainingOptions, type Tokenizer, TokenizerError } from "@srlm/tokenizer";
import { TokenizationCache } from "./tokenization-cache.ts";
import { tokenizationJob } from "./tokenization-job.ts";
import { datasetKind } from "./tokenize-record.ts";
import { TokenizerCache } from "./tokenizer-cache.ts";
import { tokenizerTrainingJob, trainingOptions } from "./tokenizer-training-job.ts";

export function tokenizationService(): ServiceModule {
  return {
    name: "tokenization",
    async create({ artifacts, bus, jobs }) {
      const tokenizers = new TokenizerCache(artifacts);
      const job = tokenizationJob(tokenizers, await TokenizationCache.open(bus, artifacts));
      return {
        implementations: [
          implement(tokenization.TokenizationServiceDefinition, {
            async encode(request) {
              const tokenizer = await tokenizers.get(request.tokenizer, "tokenizer");
              const options = { addSpecialTokens: request.addSpecialTokens };
              return { sequences: request.texts.map((text) => ({ ids: tokenizer.encode(text, options) })) };
            },
            async decode(request) {
              const tokenizer = await tokenizers.get(request.tokenizer, "tokenizer");
              const options = { skipSpecialTokens: request.skipSpecialTokens };
              return { texts: request.sequences.map(({ ids }) => tokenizer.decode(ids, options)) };
            },
            async renderChat(request) {
              const tokenizer = await tokenizers.get(request.tokenizer, "tokenizer");
              const templateSha256 = tokenizer.chatTemplate.digest;
              const chats = request.conversations.map((conversation, i) =>
                renderChat(tokenizer, conversation, i, request),
              );
              return { chats, templateSha256 };
            },
            async describeTokenizer(request) {
              return describe(await tokenizers.get(request.tokenizer, "tokenizer"));
            },
            async startTokenization({ requestId, spec, labels }) {
              const checked = required(spec, "spec");
              required(checked.tokenizer, "spec.tokenizer");
              required(checked.dataset, "spec.dataset");
              datasetKind(checked.datasetKind);
              return { job: await jobs.submit(job, { requestId, spec: checked, labels }) };
            },
            async startTokenizerTraining({ requestId, spec, labels }) {
              const checked = required(spec, "spec");
              if (checked.datasets.length === 0)
                throw invalidArgument("spec.datasets", "must name at least one dataset");
              checkTrainingOptions(trainingOptions(checked));
              return { job: await jobs.submit(tokenizerTrainingJob, { requestId, spec: checked, labels }) };
            },
          }),
        ],
        jobKinds: [job, tokenizerTrainingJob],
      };
    },
  };
}

function renderChat(
  tokenizer: Tokenizer,
  { messages }: tokenization.Conversation,
  index: number,
  { addGenerationPrompt }: tokenization.RenderChatRequest,
): tokenization.RenderedChat {
  try {
    const text = tokenizer.renderChat(messages, { addGenerationPrompt });
    return { text, ids: tokenizer.encode(text, { addSpecialTokens: false }) };
  } catch (error) {
    // The template names no place of its own: say which of the conversations it rejected.
    if (!(error instanceof TokenizerError) || error.reason !== "CHAT_TEMPLATE_REJECTED") throw error;
    throw invalidArgument(`conversations[${index}]`, error.message, error.reason);
  }
}

function describe(tokenizer: Tokenizer): tokenization.DescribeTokenizerResponse {
  const { bos_token: bosId, eos_token: eosId, pad_token: padId } = tokenizer.specialIds;
  return {
    vocabularySize: tokenizer.vocabularySize,
    bosId,
    eosId,
    padId,
    specialTokens: Object.fromEntries(tokenizer.specialTokens),
    templateSha256: tokenizer.hasChatTemplate ? tokenizer.chatTemplate.digest : "",
    tokenizerSha256: tokenizer.digest,
  };
}
