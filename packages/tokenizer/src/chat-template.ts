import { createHash } from "node:crypto";
import { Template } from "@huggingface/jinja";
import { TokenizerError } from "./tokenizer-error.ts";

export interface ChatMessage {
  /** `system`, `user`, `assistant`: whatever the template knows. */
  readonly role: string;
  readonly content: string;
}

export interface RenderChatOptions {
  /** Ends the text where the assistant begins to write. Default false. */
  readonly addGenerationPrompt?: boolean;
  /** Further variables that the template reads, e.g. `{ enable_thinking: false }`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** A Jinja chat template, rendered as transformers does: trim_blocks and lstrip_blocks on, `raise_exception` known. */
export class ChatTemplate {
  readonly source: string;
  /** SHA-256 of the source in UTF-8, hexadecimal. */
  readonly digest: string;
  readonly #template: Template;

  /** Throws TokenizerError (CHAT_TEMPLATE_INVALID) where the source is no Jinja. */
  constructor(source: string) {
    this.source = source;
    this.digest = createHash("sha256").update(source).digest("hex");
    try {
      this.#template = new Template(source);
    } catch (cause) {
      throw new TokenizerError(
        "CHAT_TEMPLATE_INVALID",
        `chat_template is no valid Jinja: ${(cause as Error).message}`,
        {
          field: "chat_template",
          cause,
        },
      );
    }
  }

  /**
   * Renders a conversation. `specialTokens`: the texts of `bos_token`, `eos_token`, ... that the template may name.
   * Throws TokenizerError (CHAT_TEMPLATE_REJECTED) with the template's own words.
   */
  render(
    messages: readonly ChatMessage[],
    specialTokens: Readonly<Record<string, string>>,
    options: RenderChatOptions = {},
  ): string {
    try {
      return this.#template.render({
        ...specialTokens,
        ...options.variables,
        messages,
        add_generation_prompt: options.addGenerationPrompt ?? false,
      });
    } catch (cause) {
      throw new TokenizerError(
        "CHAT_TEMPLATE_REJECTED",
        `the chat template rejects the conversation: ${(cause as Error).message}`,
        { field: "messages", cause },
      );
    }
  }
}
