import type { JsonPreTokenizer } from "./tokenizer-json.ts";

/** Split rules that a tokenizer can be trained with. */
export type SplitPattern = "gpt2" | "llama3";

export const SPLIT_PATTERNS: readonly SplitPattern[] = ["gpt2", "llama3"];

/** What ByteLevel splits by when `use_regex` is set (GPT-2). */
export const GPT2_PATTERN = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** Llama 3: contractions in any case, at most three digits a piece, line breaks kept with the punctuation before. */
export const LLAMA3_PATTERN = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** The `pre_tokenizer` section of tokenizer.json for a split rule. */
export function preTokenizerOf(pattern: SplitPattern): JsonPreTokenizer {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true } as const;
  if (pattern === "gpt2") return { ...byteLevel, use_regex: true };
  return {
    type: "Sequence",
    pretokenizers: [
      { type: "Split", pattern: { Regex: LLAMA3_PATTERN }, behavior: "Isolated", invert: false },
      { ...byteLevel, use_regex: false },
    ],
  };
}
