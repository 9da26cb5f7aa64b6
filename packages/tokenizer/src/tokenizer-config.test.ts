import { describe, expect, it } from "vitest";
import { readTokenizerConfig } from "./tokenizer-config.ts";

const files = (others: Record<string, unknown>) => ({
  "tokenizer.json": "{}",
  ...Object.fromEntries(
    Object.entries(others).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  ),
});

describe("readTokenizerConfig", () => {
  it("needs no file beside tokenizer.json", () => {
    expect(readTokenizerConfig(files({}))).toEqual({ roles: {}, chatTemplate: undefined, addedTokens: [] });
  });

  it("reads special tokens as text or objects; tokenizer_config.json goes first", () => {
    const config = readTokenizerConfig(
      files({
        "tokenizer_config.json": { bos_token: "<s>", eos_token: { content: "</s>", lstrip: false }, pad_token: null },
        "special_tokens_map.json": { bos_token: "<other>", pad_token: "<pad>" },
      }),
    );
    expect(config.roles).toEqual({ bos_token: "<s>", eos_token: "</s>", pad_token: "<pad>" });
  });

  it("takes chat_template.jinja before the configured one, and `default` of several", () => {
    const named = [
      { name: "tool_use", template: "t" },
      { name: "default", template: "d" },
    ];
    expect(readTokenizerConfig(files({ "tokenizer_config.json": { chat_template: "c" } })).chatTemplate).toBe("c");
    expect(readTokenizerConfig(files({ "tokenizer_config.json": { chat_template: named } })).chatTemplate).toBe("d");
    expect(
      readTokenizerConfig(files({ "tokenizer_config.json": { chat_template: "c" }, "chat_template.jinja": "j" }))
        .chatTemplate,
    ).toBe("j");
    expect(() => readTokenizerConfig(files({ "tokenizer_config.json": { chat_template: named.slice(0, 1) } }))).toThrow(
      'has the templates tool_use, but none is named "default"',
    );
  });

  it.each<[Record<string, unknown>, string]>([
    [{ "tokenizer_config.json": "{" }, "tokenizer_config.json is no JSON"],
    [{ "tokenizer_config.json": { bos_token: 1 } }, "tokenizer_config.json: bos_token"],
    [{ "special_tokens_map.json": { eos_token: [] } }, "special_tokens_map.json: eos_token"],
    [{ "tokenizer_config.json": { chat_template: 5 } }, "tokenizer_config.json: chat_template"],
    [
      { "tokenizer_config.json": { added_tokens_decoder: { 5: { lstrip: true } } } },
      "tokenizer_config.json: added_tokens_decoder.5.content",
    ],
  ])("refuses %j naming file and field", (others, message) => {
    expect(() => readTokenizerConfig(files(others))).toThrow(
      expect.objectContaining({ reason: "TOKENIZER_INVALID", message: expect.stringContaining(message) }),
    );
  });
});
