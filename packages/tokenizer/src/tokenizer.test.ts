import { beforeAll, describe, expect, it } from "vitest";
import { awkwardText, randomNumbers } from "./testing/random-text.ts";
import { Tokenizer } from "./tokenizer.ts";
import type { TokenizerFiles } from "./tokenizer-files.ts";
import { trainTokenizer } from "./train-tokenizer.ts";

let gpt2: TokenizerFiles;
let llama3: TokenizerFiles;

beforeAll(async () => {
  const random = randomNumbers(1);
  const texts = Array.from({ length: 400 }, () => `the cat's hat, the bat 123 ${awkwardText(random, 20)}`);
  const options = { vocabularySize: 600, specialTokens: ["<pad>", "<s>", "<end>"], bosToken: "<s>", eosToken: "<end>" };
  gpt2 = await trainTokenizer(texts, options);
  llama3 = await trainTokenizer(texts, { ...options, splitPattern: "llama3" });
});

// oxlint-disable-next-line typescript/no-explicit-any -- the point is to put anything into the file
type Json = any;

/** The GPT-2 files with tokenizer.json changed. */
function edited(change: (json: Json) => void, config: Json = {}): TokenizerFiles {
  const json = JSON.parse(gpt2["tokenizer.json"]) as Json;
  change(json);
  return { "tokenizer.json": JSON.stringify(json), "tokenizer_config.json": JSON.stringify(config) };
}

describe("round trips", () => {
  it.each(["gpt2", "llama3"])("decode gives back every well-formed text (%s)", (kind) => {
    const tokenizer = new Tokenizer(kind === "gpt2" ? gpt2 : llama3);
    const random = randomNumbers(2);
    let characters = 0;
    for (let round = 0; round < 1500; round++) {
      const text = awkwardText(random, 40);
      const ids = tokenizer.encode(text);
      expect(tokenizer.decode(ids)).toBe(text);
      expect(ids.every((id) => id >= 0 && id < tokenizer.vocabularySize)).toBe(true);
      characters += text.length;
    }
    expect(characters).toBeGreaterThan(20_000);
  });

  it("lone surrogates come back as U+FFFD, with the ids that U+FFFD has", () => {
    const tokenizer = new Tokenizer(llama3);
    const random = randomNumbers(3);
    let replaced = 0;
    for (let round = 0; round < 500; round++) {
      const text = awkwardText(random, 20, true);
      const wellFormed = Buffer.from(text, "utf8").toString("utf8");
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(wellFormed);
      expect(tokenizer.encode(text)).toEqual(tokenizer.encode(wellFormed));
      if (wellFormed !== text) replaced++;
    }
    expect(replaced).toBeGreaterThan(100);
  });

  it("a piece has the same ids whether it comes from the cache or not", () => {
    const random = randomNumbers(4);
    const used = new Tokenizer(gpt2);
    for (let round = 0; round < 100; round++) {
      const text = awkwardText(random, 30);
      const first = used.encode(text);
      expect(used.encode(text)).toEqual(first);
      expect(new Tokenizer(gpt2).encode(text)).toEqual(first);
    }
  });
});

describe("Tokenizer", () => {
  it("knows its tokens", () => {
    const tokenizer = new Tokenizer(gpt2);
    expect(tokenizer.vocabularySize).toBe(600);
    expect(tokenizer.specialIds).toEqual({ bos_token: 1, eos_token: 2 });
    expect([...tokenizer.specialTokens]).toEqual([
      ["<pad>", 0],
      ["<s>", 1],
      ["<end>", 2],
    ]);
    expect(tokenizer.tokenOf(2)).toBe("<end>");
    expect(tokenizer.idOf("Ġthe")).toBe(tokenizer.encode(" the")[0]);
    expect([tokenizer.tokenOf(600), tokenizer.idOf("no such token")]).toEqual([undefined, undefined]);
    expect(tokenizer.encode("")).toEqual([]);
  });

  it("recognises special tokens in text and leaves them out of decoding on request", () => {
    const tokenizer = new Tokenizer(gpt2);
    const ids = tokenizer.encode("<s>the<end>");
    expect([ids[0], ids.at(-1)]).toEqual([1, 2]);
    expect(tokenizer.decode(ids)).toBe("<s>the<end>");
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe("the");
  });

  it("makes U+FFFD of broken UTF-8, keeps U+FEFF, and decodes ids without a token to nothing", () => {
    const tokenizer = new Tokenizer(gpt2);
    const bytes = Array.from("ðŁĺ", (character) => tokenizer.idOf(character) as number);
    expect(tokenizer.decode([...bytes, tokenizer.idOf("a") as number])).toBe("\ufffda");
    expect(tokenizer.decode(tokenizer.encode("\ufeffa"))).toBe("\ufeffa");
    expect(tokenizer.decode([tokenizer.idOf("a") as number, 600, 5000])).toBe("a");
    for (const id of [-1, 0.5, Number.NaN]) {
      expect(() => tokenizer.decode([id])).toThrow(
        expect.objectContaining({ reason: "TOKEN_ID_OUT_OF_RANGE", value: String(id) }),
      );
    }
  });

  it("adds what the template of the post-processor says, and nothing to rendered chats", () => {
    const single = [
      { SpecialToken: { id: "<s>", type_id: 0 } },
      { Sequence: { id: "A", type_id: 0 } },
      { SpecialToken: { id: "<end>", type_id: 0 } },
    ];
    const special_tokens = {
      "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] },
      "<end>": { id: "<end>", ids: [2], tokens: ["<end>"] },
    };
    const files = edited(
      (json) => {
        json.post_processor = {
          type: "Sequence",
          processors: [{ type: "ByteLevel" }, { type: "TemplateProcessing", single, pair: [], special_tokens }],
        };
      },
      { bos_token: "<s>", chat_template: "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}" },
    );
    const tokenizer = new Tokenizer(files);
    const plain = tokenizer.encode("the", { addSpecialTokens: false });
    expect(tokenizer.encode("the")).toEqual([1, ...plain, 2]);
    const messages = [{ role: "user", content: "the" }];
    expect(tokenizer.renderChat(messages)).toBe("<s>the");
    expect(tokenizer.encodeChat(messages)).toEqual([1, ...plain]);
  });

  it("merges no pieces of Digits, prefixes a space, normalises, takes whole tokens by ignore_merges", () => {
    const digits = (individual: boolean) =>
      new Tokenizer(
        edited((json) => {
          const byteLevel = { type: "ByteLevel", add_prefix_space: false, use_regex: true };
          json.pre_tokenizer = {
            type: "Sequence",
            pretokenizers: [{ type: "Digits", individual_digits: individual }, byteLevel],
          };
          json.model.vocab = { ...json.model.vocab, 12: 700 };
          json.model.merges = ["1 2", ...json.model.merges.filter((merge: string) => merge !== "1 2")];
          json.model.vocab = Object.fromEntries(
            Object.entries(json.model.vocab).filter(([, id]) => id !== 700 || true),
          );
        }),
      );
    expect(digits(false).encode("a12")).toContain(digits(false).idOf("12"));
    expect(digits(true).encode("a12")).not.toContain(digits(true).idOf("12"));
    const prefixed = new Tokenizer(edited((json) => Object.assign(json.pre_tokenizer, { add_prefix_space: true })));
    expect(prefixed.encode("the")).toEqual(prefixed.encode(" the"));
    const normalized = new Tokenizer(edited((json) => Object.assign(json, { normalizer: { type: "NFC" } })));
    expect(normalized.decode(normalized.encode("e\u0301"))).toBe("\u00e9");
    const whole = new Tokenizer(
      edited((json) => {
        json.model.vocab["Ġzqx"] = 700;
        json.model.ignore_merges = true;
      }),
    );
    expect(whole.encode(" zqx")).toEqual([700]);
  });

  it("gives a byte that is no token the unknown token, fused on request, or nothing", () => {
    const without = (unk: string | null, fuse: boolean) =>
      new Tokenizer(
        edited((json) => {
          delete json.model.vocab["~"];
          json.model.merges = json.model.merges.filter((merge: string) => !merge.includes("~"));
          json.model.unk_token = unk;
          json.model.fuse_unk = fuse;
        }),
      );
    const a = new Tokenizer(gpt2).idOf("a");
    expect(without(null, false).encode("~~a~")).toEqual([a]);
    expect(without("<pad>", false).encode("~~")).toEqual([0, 0]);
    expect(without("<pad>", true).encode("~~")).toEqual([0]);
  });

  it("adds tokens that only tokenizer_config.json has, which changes the digest", () => {
    const tokenizer = new Tokenizer(
      edited(() => {}, { added_tokens_decoder: { 600: { content: "<more>", special: true } } }),
    );
    expect(tokenizer.encode("a<more>").at(-1)).toBe(600);
    expect(tokenizer.vocabularySize).toBe(601);
    expect(tokenizer.digest).not.toBe(new Tokenizer(edited(() => {})).digest);
    expect(new Tokenizer(gpt2).digest).toBe(new Tokenizer({ "tokenizer.json": gpt2["tokenizer.json"] }).digest);
  });

  it("says that there is no chat template, and what to do", () => {
    const tokenizer = new Tokenizer(gpt2);
    expect(tokenizer.hasChatTemplate).toBe(false);
    expect(() => tokenizer.renderChat([])).toThrow(
      expect.objectContaining({
        reason: "CHAT_TEMPLATE_MISSING",
        message: expect.stringContaining("chat_template.jinja"),
      }),
    );
  });
});

describe("what is refused, by name and JSON path", () => {
  it.each<[string, (json: Json) => unknown]>([
    ["model.type", (json) => (json.model.type = "Unigram")],
    ["model.byte_fallback", (json) => (json.model.byte_fallback = true)],
    ["model.dropout", (json) => (json.model.dropout = 0.1)],
    ["model.continuing_subword_prefix", (json) => (json.model.continuing_subword_prefix = "##")],
    ["model.end_of_word_suffix", (json) => (json.model.end_of_word_suffix = "</w>")],
    ["normalizer.type", (json) => (json.normalizer = { type: "Lowercase" })],
    [
      "normalizer.normalizers[1].type",
      (json) => (json.normalizer = { type: "Sequence", normalizers: [{ type: "NFC" }, { type: "Strip" }] }),
    ],
    ["pre_tokenizer", (json) => (json.pre_tokenizer = null)],
    ["pre_tokenizer", (json) => (json.pre_tokenizer = { type: "Metaspace" })],
    [
      "pre_tokenizer.pretokenizers[0].type",
      (json) =>
        (json.pre_tokenizer = { type: "Sequence", pretokenizers: [{ type: "Whitespace" }, json.pre_tokenizer] }),
    ],
    [
      "pre_tokenizer.pretokenizers[0].type",
      (json) => (json.pre_tokenizer = { type: "Sequence", pretokenizers: [json.pre_tokenizer, json.pre_tokenizer] }),
    ],
    [
      "pre_tokenizer.pretokenizers[0].pattern.Regex",
      (json) =>
        (json.pre_tokenizer = {
          type: "Sequence",
          pretokenizers: [
            { type: "Split", pattern: { Regex: "^a" }, behavior: "Isolated", invert: false },
            json.pre_tokenizer,
          ],
        }),
    ],
    ["post_processor.type", (json) => (json.post_processor = { type: "BertProcessing" })],
    [
      "post_processor.processors[0].type",
      (json) => (json.post_processor = { type: "Sequence", processors: [{ type: "RobertaProcessing" }] }),
    ],
    ["decoder.type", (json) => (json.decoder = { type: "WordPiece" })],
    ["decoder.type", (json) => (json.decoder = null)],
  ])("unsupported: %s", (path, change) => {
    expect(() => new Tokenizer(edited(change))).toThrow(
      expect.objectContaining({
        reason: "TOKENIZER_UNSUPPORTED",
        field: `tokenizer.json ${path}`,
        message: expect.stringContaining(path),
      }),
    );
  });

  it.each<[string, (json: Json) => unknown]>([
    ["model.vocab", (json) => (json.model.vocab = [])],
    ["model.vocab", (json) => (json.model.vocab.a = -1)],
    ["model.vocab", (json) => (json.model.vocab.a = json.model.vocab.b)],
    ["model.merges[0]", (json) => (json.model.merges[0] = "a b c")],
    ["model.merges[1]", (json) => (json.model.merges[1] = ["zq", "zq"])],
    ["model.merges", (json) => (json.model.merges = "a b")],
    ["model.unk_token", (json) => (json.model.unk_token = "<none>")],
    ["added_tokens[0].id", (json) => (json.added_tokens[0].id = "0")],
    ["added_tokens[1]", (json) => (json.added_tokens[1].id = 0)],
    ["pre_tokenizer.pretokenizers", (json) => (json.pre_tokenizer = { type: "Sequence" })],
    ["pre_tokenizer.use_regex", (json) => (json.pre_tokenizer.use_regex = "yes")],
    ["post_processor.single", (json) => (json.post_processor = { type: "TemplateProcessing" })],
    [
      "post_processor.single[0].SpecialToken.id",
      (json) =>
        (json.post_processor = {
          type: "TemplateProcessing",
          single: [{ SpecialToken: { id: "<s>", type_id: 0 } }],
          special_tokens: {},
        }),
    ],
  ])("invalid: %s", (path, change) => {
    expect(() => new Tokenizer(edited(change))).toThrow(
      expect.objectContaining({
        reason: "TOKENIZER_INVALID",
        field: `tokenizer.json ${path}`,
        message: expect.stringContaining(path),
      }),
    );
  });

  it("broken JSON, and a special token that is none", () => {
    expect(() => new Tokenizer({ "tokenizer.json": "{" })).toThrow("tokenizer.json is no JSON");
    expect(() => new Tokenizer(edited(() => {}, { eos_token: "<none>" }))).toThrow(
      'tokenizer_config.json: eos_token is "<none>"',
    );
  });

  it("a token named __proto__ is a token", () => {
    const files = edited(() => {});
    const text = files["tokenizer.json"].replace('"vocab":{', '"vocab":{"__proto__":700,');
    expect(new Tokenizer({ "tokenizer.json": text }).idOf("__proto__")).toBe(700);
  });
});
