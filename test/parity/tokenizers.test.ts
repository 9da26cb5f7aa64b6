import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadTokenizer, type Tokenizer, TokenizerError } from "@srlm/tokenizer";
import { describe, expect, it } from "vitest";
import {
  absent,
  fixturesDirectory,
  fixturesPresent,
  golden,
  modelCases,
  modelDirectory,
  unsupported,
} from "./fixtures.ts";

interface Message {
  role: string;
  content: string;
}

interface TokenizerGolden {
  vocab_size: number;
  special_ids: Record<string, number>;
  chat_template: string;
  strings: { ids: number[]; ids_plain: number[]; decoded: string; decoded_skip: string }[];
  decode_only: { ids: number[]; decoded: string; decoded_skip: string }[];
  chat: { conversation: number; add_generation_prompt: boolean; text?: string; ids?: number[]; error?: string }[];
}

interface TokenizerGoldens {
  strings: string[];
  conversations: Message[][];
  tokenizers: Record<string, TokenizerGolden>;
}

if (fixturesPresent) {
  const goldens = golden<TokenizerGoldens>("tokenizers.json");
  for (const [name, expected] of modelCases("tokenizer", "tokenizers.json", goldens?.tokenizers)) {
    const loaded = await loadTokenizer(modelDirectory(name)).catch((error: unknown) => error);
    if (loaded instanceof TokenizerError && loaded.reason === "TOKENIZER_MISSING") {
      absent(`tokenizer ${name}`, `no models/${name}/tokenizer.json`);
      continue;
    }
    // Byte fallback alone may be missing: any other refusal is a failure, lest a regression be counted as unsupported.
    if (loaded instanceof TokenizerError && loaded.field === "tokenizer.json model.byte_fallback") {
      unsupported(`tokenizer ${name}`, loaded.message);
    } else {
      describe(`tokenizer of ${name}`, () => compare(loaded, goldens as TokenizerGoldens, expected));
    }
  }
  describeSmolLm();
} else {
  it.skip("tokenizers: no fixtures", () => {});
}

function compare(loaded: unknown, goldens: TokenizerGoldens, expected: TokenizerGolden): void {
  const tokenizer = loaded as Tokenizer;
  it("loads", () => expect(loaded).not.toBeInstanceOf(Error));

  it("has the special ids, the vocabulary size and the chat template", () => {
    expect(tokenizer.specialIds).toEqual(expected.special_ids);
    expect(tokenizer.vocabularySize).toBe(expected.vocab_size);
    expect(tokenizer.chatTemplate.source).toBe(expected.chat_template);
  });

  it(`encodes and decodes ${goldens.strings.length} strings`, () => {
    const seen = goldens.strings.map((text) => {
      const ids = tokenizer.encode(text);
      return {
        ids,
        ids_plain: tokenizer.encode(text, { addSpecialTokens: false }),
        decoded: tokenizer.decode(ids),
        decoded_skip: tokenizer.decode(ids, { skipSpecialTokens: true }),
      };
    });
    expect(seen.length).toBeGreaterThan(300);
    expect(seen).toEqual(expected.strings);
  });

  it(`decodes ${expected.decode_only.length} sequences of arbitrary ids`, () => {
    const seen = expected.decode_only.map(({ ids }) => ({
      ids,
      decoded: tokenizer.decode(ids),
      decoded_skip: tokenizer.decode(ids, { skipSpecialTokens: true }),
    }));
    expect(seen).toEqual(expected.decode_only);
  });

  it(`renders and encodes ${expected.chat.length} conversations`, () => {
    for (const chat of expected.chat) {
      const messages = goldens.conversations[chat.conversation] as Message[];
      const options = { addGenerationPrompt: chat.add_generation_prompt };
      if (chat.error !== undefined) {
        expect(() => tokenizer.renderChat(messages, options)).toThrow(chat.error);
        continue;
      }
      expect(tokenizer.renderChat(messages, options)).toBe(chat.text);
      expect(tokenizer.encodeChat(messages, options)).toEqual(chat.ids);
    }
  });
}

function describeSmolLm(): void {
  const named = process.env["SRLM_SMOLLM2"];
  const directory = named ?? join(fixturesDirectory, "../models/smollm2-135m-instruct");
  if (named === undefined && !existsSync(join(directory, "tokenizer.json"))) {
    it.skip("tokenizer of SmolLM2-135M-Instruct: SRLM_SMOLLM2 names no folder", () => {});
    return;
  }
  const file = golden<{
    tokenizer_checks: { text: string; ids: number[] }[];
    prompts: { text: string; ids: number[] }[];
  }>("smollm2.json");
  if (file === undefined) {
    absent("tokenizer of SmolLM2-135M-Instruct", "no goldens/smollm2.json");
    return;
  }
  const { tokenizer_checks, prompts } = file;
  it("tokenizer of SmolLM2-135M-Instruct splits digits off as its reference ids have it", async () => {
    const tokenizer = await loadTokenizer(directory);
    const cases = [...tokenizer_checks, ...prompts];
    expect(cases.length).toBeGreaterThan(0);
    for (const { text, ids } of cases) {
      expect(tokenizer.encode(text, { addSpecialTokens: false })).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(text);
    }
  });
}
