import { readBytes } from "./byte-alphabet.ts";
import { ChatTemplate } from "./chat-template.ts";
import { MAX_VOCABULARY_SIZE } from "./pair-key.ts";
import { SPLIT_PATTERNS, type SplitPattern } from "./split-patterns.ts";
import { TokenizerError } from "./tokenizer-error.ts";

export interface TokenizerTrainingOptions {
  /** Upper limit, special tokens and the 256 bytes included; fewer where no further pair occurs often enough. */
  readonly vocabularySize: number;
  /** In id order from 0. Default none. */
  readonly specialTokens?: readonly string[];
  /** A pair that occurs less often is not merged. Default 2. */
  readonly minFrequency?: number;
  /** Default `gpt2`. */
  readonly splitPattern?: SplitPattern;
  /** Jinja source, written into tokenizer_config.json. */
  readonly chatTemplate?: string;
  /** One of the special tokens each. */
  readonly bosToken?: string;
  readonly eosToken?: string;
  readonly padToken?: string;
  /** Called about every 50 ms. What it throws ends the training. */
  readonly onProgress?: (progress: TokenizerTrainingProgress) => void;
}

export type TokenizerTrainingProgress =
  | { readonly phase: "counting"; readonly texts: number }
  | { readonly phase: "merging"; readonly vocabularySize: number; readonly limit: number };

/** Throws TokenizerError: TOKENIZER_TRAINING_INVALID naming the option, CHAT_TEMPLATE_INVALID. */
export function checkTrainingOptions(options: TokenizerTrainingOptions): void {
  const special = options.specialTokens ?? [];
  const smallest = special.length + 256;
  const { vocabularySize, minFrequency = 2, splitPattern = "gpt2" } = options;
  if (!Number.isSafeInteger(vocabularySize) || vocabularySize < smallest || vocabularySize > MAX_VOCABULARY_SIZE) {
    throw invalid(
      "vocabularySize",
      vocabularySize,
      `must be a whole number from ${smallest} (256 bytes and ${special.length} special tokens) to ${MAX_VOCABULARY_SIZE}`,
    );
  }
  if (!Number.isSafeInteger(minFrequency) || minFrequency < 1) {
    throw invalid("minFrequency", minFrequency, "must be a whole number from 1");
  }
  if (!SPLIT_PATTERNS.includes(splitPattern)) {
    throw invalid("splitPattern", splitPattern, `must be one of ${SPLIT_PATTERNS.join(", ")}`);
  }
  for (const [index, token] of special.entries()) checkSpecialToken(token, index, special);
  for (const role of ["bosToken", "eosToken", "padToken"] as const) {
    const token = options[role];
    if (token !== undefined && !special.includes(token)) throw invalid(role, token, "must be one of specialTokens");
  }
  // Refused before the work, not after it.
  if (options.chatTemplate !== undefined) new ChatTemplate(options.chatTemplate);
}

function checkSpecialToken(token: string, index: number, special: readonly string[]): void {
  const field = `specialTokens[${index}]`;
  if (token === "") throw invalid(field, token, "must not be empty");
  if (special.indexOf(token) !== index)
    throw invalid(field, token, `is there already as specialTokens[${special.indexOf(token)}]`);
  if (/\p{Cs}/u.test(token)) throw invalid(field, token, "must not have a lone surrogate");
  const bytes = readBytes(token);
  // One character is a byte's own token; others in the alphabet beyond ASCII would decode to the bytes they stand for.
  if (bytes !== undefined && (token.length === 1 || /[^\x21-\x7e]/.test(token))) {
    throw invalid(field, token, "is how byte-level BPE writes bytes, so it cannot be told from text; use e.g. <name>");
  }
}

function invalid(field: string, value: unknown, problem: string): TokenizerError {
  return new TokenizerError("TOKENIZER_TRAINING_INVALID", `${field} (${JSON.stringify(value)}) ${problem}`, {
    field,
    value: String(value),
  });
}
