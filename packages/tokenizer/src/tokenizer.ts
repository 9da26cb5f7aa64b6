import { createHash } from "node:crypto";
import { AddedTokens, checkAddedTokens } from "./added-tokens.ts";
import { BpeModel } from "./bpe-model.ts";
import { type ChatMessage, ChatTemplate, type RenderChatOptions } from "./chat-template.ts";
import { readNormalizer } from "./normalizer.ts";
import { type PostProcessor, readPostProcessor } from "./post-processor.ts";
import { type PreTokenizer, readPreTokenizer } from "./pre-tokenizer.ts";
import { readDecoder, type TokenDecoder } from "./token-decoder.ts";
import { readTokenizerConfig, type SpecialRole, type TokenizerConfig } from "./tokenizer-config.ts";
import { TokenizerError } from "./tokenizer-error.ts";
import { readTokenizerFiles, type TokenizerFiles } from "./tokenizer-files.ts";
import { type AddedToken, parseTokenizerJson } from "./tokenizer-json.ts";

export interface EncodeOptions {
  /** Adds what the post-processor adds (BOS, EOS). Default true. Tokens written in the text are recognised either way. */
  readonly addSpecialTokens?: boolean;
}

export interface DecodeOptions {
  /** Leaves special tokens out. Default false. */
  readonly skipSpecialTokens?: boolean;
}

/** Text to token ids and back, equal to what transformers does with the same files. A pure function of the files. */
export class Tokenizer {
  readonly files: TokenizerFiles;
  /** Ids lie in [0, vocabularySize). */
  readonly vocabularySize: number;
  /** Text of each special token to its id. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** Ids of the tokens that have a role: `bos_token`, `eos_token`, `pad_token`, ... */
  readonly specialIds: Readonly<Partial<Record<SpecialRole, number>>>;
  /** SHA-256 (hexadecimal) of what decides the ids: tokenizer.json and the tokens that tokenizer_config.json adds. */
  readonly digest: string;
  readonly #model: BpeModel;
  readonly #addedById: ReadonlyMap<number, AddedToken>;
  readonly #addedByContent: ReadonlyMap<string, AddedToken>;
  readonly #addedTokens: AddedTokens;
  readonly #preTokenizer: PreTokenizer;
  readonly #postProcessor: PostProcessor;
  readonly #decoder: TokenDecoder;
  readonly #config: TokenizerConfig;
  #chatTemplate: ChatTemplate | undefined;

  /** Throws TokenizerError: TOKENIZER_INVALID, TOKENIZER_UNSUPPORTED (naming the component and its JSON path). */
  constructor(files: TokenizerFiles) {
    this.files = files;
    const json = parseTokenizerJson(files["tokenizer.json"]);
    this.#config = readTokenizerConfig(files);
    this.#model = new BpeModel(json.model);
    const contents = new Set(json.added_tokens.map((token) => token.content));
    const surplus = this.#config.addedTokens.filter((token) => !contents.has(token.content));
    const added = [...json.added_tokens, ...surplus];
    checkAddedTokens(added, this.#model.tokenToId, this.#model.idToToken);
    this.#addedById = new Map(added.map((token) => [token.id, token]));
    this.#addedByContent = new Map(added.map((token) => [token.content, token]));
    this.#addedTokens = new AddedTokens(added, readNormalizer(json.normalizer));
    this.#preTokenizer = readPreTokenizer(json.pre_tokenizer);
    this.#postProcessor = readPostProcessor(json.post_processor);
    this.#decoder = readDecoder(json.decoder);
    this.vocabularySize = highestId(this.#model.idToToken, this.#addedById) + 1;
    this.specialTokens = new Map(added.filter((token) => token.special).map((token) => [token.content, token.id]));
    this.specialIds = this.#readSpecialIds();
    this.digest = createHash("sha256").update(files["tokenizer.json"]).update(JSON.stringify(surplus)).digest("hex");
  }

  /** Ids of a text. Lone surrogates are encoded as U+FFFD. */
  encode(text: string, options: EncodeOptions = {}): number[] {
    const ids: number[] = [];
    for (const part of this.#addedTokens.split(text)) {
      if ("id" in part) ids.push(part.id);
      else for (const piece of this.#preTokenizer(part.text)) for (const id of this.#model.encode(piece)) ids.push(id);
    }
    return (options.addSpecialTokens ?? true) ? this.#postProcessor(ids) : ids;
  }

  /**
   * Text of ids. Bytes that are no UTF-8 become U+FFFD; white space is left as it is. Ids that are no token decode to
   * nothing, since a model may have more ids (padding rows) than its tokenizer.
   * Throws TokenizerError (TOKEN_ID_OUT_OF_RANGE) for what is no whole number from 0.
   */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const tokens: string[] = [];
    for (const id of ids) {
      if (!Number.isSafeInteger(id) || id < 0) {
        throw new TokenizerError("TOKEN_ID_OUT_OF_RANGE", `token ids are whole numbers from 0, not ${id}`, {
          field: "ids",
          value: String(id),
        });
      }
      const added = this.#addedById.get(id);
      const token = added?.content ?? this.#model.idToToken.get(id);
      if (token !== undefined && !(options.skipSpecialTokens === true && added?.special === true)) tokens.push(token);
    }
    return this.#decoder(tokens);
  }

  /** A token as tokenizer.json writes it: bytes in the byte alphabet, added tokens as their text. */
  tokenOf(id: number): string | undefined {
    return this.#addedById.get(id)?.content ?? this.#model.idToToken.get(id);
  }

  /** The inverse of tokenOf. */
  idOf(token: string): number | undefined {
    return this.#addedByContent.get(token)?.id ?? this.#model.tokenToId.get(token);
  }

  /** Throws TokenizerError: CHAT_TEMPLATE_MISSING, CHAT_TEMPLATE_INVALID. */
  get chatTemplate(): ChatTemplate {
    if (this.#chatTemplate !== undefined) return this.#chatTemplate;
    if (this.#config.chatTemplate === undefined) {
      throw new TokenizerError(
        "CHAT_TEMPLATE_MISSING",
        "the tokenizer has no chat template: put one into chat_template.jinja, or into tokenizer_config.json as chat_template",
        { field: "chat_template" },
      );
    }
    this.#chatTemplate = new ChatTemplate(this.#config.chatTemplate);
    return this.#chatTemplate;
  }

  get hasChatTemplate(): boolean {
    return this.#config.chatTemplate !== undefined;
  }

  /** Text of a conversation. Throws as chatTemplate does, and TokenizerError (CHAT_TEMPLATE_REJECTED). */
  renderChat(messages: readonly ChatMessage[], options: RenderChatOptions = {}): string {
    return this.chatTemplate.render(messages, this.#config.roles, options);
  }

  /** Ids of a conversation: its text encoded with no further special tokens, so that no second BOS is added. */
  encodeChat(messages: readonly ChatMessage[], options: RenderChatOptions = {}): number[] {
    return this.encode(this.renderChat(messages, options), { addSpecialTokens: false });
  }

  #readSpecialIds(): Partial<Record<SpecialRole, number>> {
    const ids: Partial<Record<SpecialRole, number>> = {};
    for (const [role, token] of Object.entries(this.#config.roles) as [SpecialRole, string][]) {
      const id = this.idOf(token);
      if (id === undefined) {
        throw new TokenizerError(
          "TOKENIZER_INVALID",
          `tokenizer_config.json: ${role} is ${JSON.stringify(token)}, which is no token of tokenizer.json; add it to added_tokens`,
          { field: `tokenizer_config.json ${role}`, value: token },
        );
      }
      ids[role] = id;
    }
    return ids;
  }
}

/** Reads the tokenizer of a Hugging Face directory. Throws TokenizerError: TOKENIZER_MISSING, and as Tokenizer does. */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  return new Tokenizer(await readTokenizerFiles(directory));
}

function highestId(...maps: readonly ReadonlyMap<number, unknown>[]): number {
  let highest = -1;
  for (const map of maps) for (const id of map.keys()) if (id > highest) highest = id;
  return highest;
}
