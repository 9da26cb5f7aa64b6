import { Tokenizer as Oracle } from "@huggingface/tokenizers";
import { describe, expect, it } from "vitest";
import { awkwardText, pick, randomNumbers, repetitiveTexts } from "./testing/random-text.ts";
import { Tokenizer } from "./tokenizer.ts";
import { trainTokenizer } from "./train-tokenizer.ts";
import type { TokenizerTrainingOptions } from "./training-options.ts";

const SPECIAL = ["<pad>", "<user>", "<assistant>", "<end>"];
const TEMPLATE =
  "{% for m in messages %}{% if m['role'] == 'user' %}<user>{{ m['content'] }}{% else %}<assistant>{{ m['content'] }}<end>{% endif %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";

const vocabulary = (files: { "tokenizer.json": string }): Record<string, number> =>
  JSON.parse(files["tokenizer.json"]).model.vocab;

describe("trainTokenizer", () => {
  it.each(["gpt2", "llama3"] as const)(
    "writes files that another implementation reads to the same ids (%s)",
    async (splitPattern) => {
      const random = randomNumbers(21);
      const texts = [...repetitiveTexts(random, 100), ...Array.from({ length: 100 }, () => awkwardText(random, 30))];
      const options = {
        vocabularySize: 700,
        specialTokens: SPECIAL,
        splitPattern,
        eosToken: "<end>",
        chatTemplate: TEMPLATE,
      };
      const files = await trainTokenizer(texts, options);
      const oracle = new Oracle(
        JSON.parse(files["tokenizer.json"]),
        JSON.parse(files["tokenizer_config.json"] ?? "{}"),
      );
      const tokenizer = new Tokenizer(files);
      const plain = ["It's 12345 o'clock", " the\n\n  end ", "<user>ab<assistant>cc<end>", "日本語 ½ \u{1f600}"];
      for (const text of [...plain, ...texts]) {
        // The other implementation decodes no empty list, and takes white space as JavaScript has it: two characters differ.
        if (text === "" || /[\u0085\ufeff]/.test(text)) continue;
        expect(tokenizer.encode(text)).toEqual(oracle.encode(text).ids);
        expect(oracle.decode(tokenizer.encode(text), { skip_special_tokens: false })).toBe(text);
      }
    },
  );

  it("gives special tokens the first ids, then the bytes, then merges by count", async () => {
    const files = await trainTokenizer(["aab aab aab ab"], {
      vocabularySize: 262,
      specialTokens: SPECIAL,
      minFrequency: 1,
    });
    const ids = vocabulary(files);
    expect(SPECIAL.map((token) => ids[token])).toEqual([0, 1, 2, 3]);
    expect([ids["!"], ids["Ń"]]).toEqual([4, 259]);
    // n(a,b) = 4; then n(a,ab) = 3, of which two follow a space, and n(Ġ,a) = 2.
    expect([ids["ab"], ids["aab"]]).toEqual([260, 261]);
    expect(JSON.parse(files["tokenizer.json"]).model.merges).toEqual(["a b", "a ab"]);
  });

  it("writes equal bytes for any order of the texts, given at once or as a stream", async () => {
    const random = randomNumbers(22);
    const texts = repetitiveTexts(random, 200);
    const options = { vocabularySize: 330, specialTokens: SPECIAL, chatTemplate: TEMPLATE };
    const files = await trainTokenizer(texts, options);
    const stream = async function* (): AsyncGenerator<string> {
      yield* texts.toSorted();
    };
    expect(await trainTokenizer(stream(), options)).toEqual(files);
    expect(Object.keys(vocabulary(files)).length).toBeGreaterThan(290);
  });

  it("cuts special tokens out of the texts, as encoding does", async () => {
    const options = { vocabularySize: 300, specialTokens: SPECIAL, minFrequency: 1 };
    const files = await trainTokenizer(["<user>ab<end>", "<user>ab<end>"], options);
    expect(JSON.parse(files["tokenizer.json"]).model.merges).toEqual(["a b"]);
  });

  it("stops where no pair occurs min_frequency times", async () => {
    const size = async (minFrequency: number): Promise<number> =>
      Object.keys(vocabulary(await trainTokenizer(["ab ab cd"], { vocabularySize: 400, minFrequency }))).length;
    expect(await size(2)).toBe(257);
    expect(await size(1)).toBeGreaterThan(257);
    expect(await size(3)).toBe(256);
  });

  it("makes whole words tokens where they are frequent, and renders its chat template", async () => {
    const random = randomNumbers(23);
    const words = ["apple", "banana", "cherry", "wolf", "hammer", "sure", "list"];
    const texts = Array.from({ length: 300 }, () => Array.from({ length: 9 }, () => pick(random, words)).join(" "));
    const files = await trainTokenizer(texts, {
      vocabularySize: 400,
      specialTokens: SPECIAL,
      chatTemplate: TEMPLATE,
      eosToken: "<end>",
    });
    const tokenizer = new Tokenizer(files);
    for (const word of words) expect(tokenizer.encode(` ${word}`)).toHaveLength(1);
    const messages = [{ role: "user", content: "list apple" }];
    expect(tokenizer.renderChat(messages, { addGenerationPrompt: true })).toBe("<user>list apple<assistant>");
    const ids = tokenizer.encodeChat([...messages, { role: "assistant", content: "sure" }]);
    expect([ids[0], ids.at(-1)]).toEqual([1, tokenizer.specialIds.eos_token]);
  });

  it("reports progress, and ends with what the report throws", async () => {
    const seen: string[] = [];
    await trainTokenizer(["ab ab"], {
      vocabularySize: 257,
      onProgress: (progress) => seen.push(JSON.stringify(progress)),
    });
    expect(seen.at(-1)).toBe('{"phase":"merging","vocabularySize":257,"limit":257}');
    const stop = (): never => {
      throw new Error("cancelled");
    };
    await expect(trainTokenizer(["ab ab"], { vocabularySize: 257, onProgress: stop })).rejects.toThrow("cancelled");
  });

  it.each<[Partial<TokenizerTrainingOptions>, string]>([
    [{ vocabularySize: 255 }, "vocabularySize (255) must be a whole number from 256"],
    [{ vocabularySize: 257, specialTokens: ["<a>", "<b>"] }, "must be a whole number from 258"],
    [{ vocabularySize: 300.5 }, "vocabularySize (300.5)"],
    [{ minFrequency: 0 }, "minFrequency (0)"],
    [{ splitPattern: "gpt4" as "gpt2" }, 'splitPattern ("gpt4") must be one of gpt2, llama3'],
    [{ specialTokens: ["<a>", "<a>"] }, 'specialTokens[1] ("<a>") is there already'],
    [{ specialTokens: [""] }, "specialTokens[0]"],
    [{ specialTokens: ["a"] }, 'specialTokens[0] ("a") is how byte-level BPE writes bytes'],
    [{ specialTokens: ["Ġthe"] }, "specialTokens[0]"],
    [{ specialTokens: ["<\ud800>"] }, "lone surrogate"],
    [{ specialTokens: ["<a>"], bosToken: "<b>" }, 'bosToken ("<b>") must be one of specialTokens'],
    [{ chatTemplate: "{% if %}" }, "chat_template is no valid Jinja"],
  ])("refuses %j before it reads a text", async (options, message) => {
    const texts = function* (): Generator<string> {
      yield expect.unreachable("a text was read") as never;
    };
    await expect(trainTokenizer(texts(), { vocabularySize: 300, ...options })).rejects.toThrow(message);
  });
});
