/** The parts of `tokenizer.json` (Hugging Face tokenizers, version 1.0) that this package reads and writes. */
import { z } from "zod";
import { TokenizerError } from "./tokenizer-error.ts";

const addedTokenSchema = z.looseObject({
  id: z.int().nonnegative(),
  content: z.string().min(1),
  /** Matches only where no word character stands on either side. */
  single_word: z.boolean().default(false),
  /** Takes the white space to its left along. */
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  /** Sought in the normalised text instead of the text itself. */
  normalized: z.boolean().default(false),
  special: z.boolean().default(false),
});
export type AddedToken = z.infer<typeof addedTokenSchema>;

/** A component as it stands in the file; each one's reader checks its fields. */
export type JsonComponent = { readonly type: string; readonly [field: string]: unknown };
const componentSchema = z.looseObject({ type: z.string() });

const modelSchema = z.looseObject({
  /** Files of before 2020 have none; merges tell them as BPE. */
  type: z.string().default("BPE"),
  vocab: z.custom<Record<string, number>>(isVocabulary, "must be an object of token to id (a whole number from 0)"),
  merges: z
    .custom<readonly (string | readonly string[])[]>(isMergeList, "must be a list of pairs of tokens")
    .default([]),
  dropout: z.number().nullish(),
  unk_token: z.string().nullish(),
  continuing_subword_prefix: z.string().nullish(),
  end_of_word_suffix: z.string().nullish(),
  fuse_unk: z.boolean().default(false),
  byte_fallback: z.boolean().default(false),
  ignore_merges: z.boolean().default(false),
});
export type JsonModel = z.infer<typeof modelSchema>;

const tokenizerSchema = z.looseObject({
  added_tokens: z.array(addedTokenSchema).default([]),
  normalizer: componentSchema.nullish(),
  pre_tokenizer: componentSchema.nullish(),
  post_processor: componentSchema.nullish(),
  decoder: componentSchema.nullish(),
  model: z.looseObject({ type: z.string().default("BPE") }),
});

export interface TokenizerJson {
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer?: JsonComponent | null | undefined;
  readonly pre_tokenizer?: JsonComponent | null | undefined;
  readonly post_processor?: JsonComponent | null | undefined;
  readonly decoder?: JsonComponent | null | undefined;
  readonly model: JsonModel;
}

/** The `pre_tokenizer` sections that training writes. */
export type JsonPreTokenizer = JsonComponent;

// Not a zod record: it drops the key `__proto__`, and a vocabulary may have 200,000 entries.
function isVocabulary(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((id) => Number.isSafeInteger(id) && id >= 0);
}

// Not zod either: a union of schemas over 280,000 merges takes seconds.
function isMergeList(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  return value.every(
    (merge) => typeof merge === "string" || (Array.isArray(merge) && merge.every((part) => typeof part === "string")),
  );
}

/**
 * Reads the text of a tokenizer.json. `truncation` and `padding` are left alone: transformers overrides both on every
 * call. Throws TokenizerError: TOKENIZER_INVALID (no JSON, a field of the wrong type), TOKENIZER_UNSUPPORTED (a model
 * that is no BPE).
 */
export function parseTokenizerJson(text: string): TokenizerJson {
  const whole = checkJson(tokenizerSchema, parseJson(text, "tokenizer.json"), "tokenizer.json", "");
  if (whole.model.type !== "BPE") {
    throw new TokenizerError(
      "TOKENIZER_UNSUPPORTED",
      `tokenizer.json: model.type is ${JSON.stringify(whole.model.type)}, which is not supported; supported: "BPE"`,
      { field: "tokenizer.json model.type", value: whole.model.type },
    );
  }
  const model = checkJson(modelSchema, whole.model, "tokenizer.json", "model");
  return { ...whole, model };
}

export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TokenizerError("TOKENIZER_INVALID", `${file} is no JSON: ${(cause as Error).message}`, {
      field: file,
      cause,
    });
  }
}

/** Checks a value against a schema; the error names the file and the JSON path of the first field that is wrong. */
export function checkJson<T extends z.ZodType>(schema: T, value: unknown, file: string, path: string): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = [path, ...(issue?.path ?? [])].reduce<string>(
    (joined, part) =>
      typeof part === "number" ? `${joined}[${part}]` : joined === "" ? String(part) : `${joined}.${String(part)}`,
    "",
  );
  throw new TokenizerError("TOKENIZER_INVALID", `${file}: ${field} ${issue?.message ?? "is invalid"}`, {
    field: `${file} ${field}`,
  });
}
