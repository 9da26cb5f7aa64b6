/** Cuts text into the pieces within which BPE merges: the `pre_tokenizer` section of tokenizer.json. */
import { z } from "zod";
import { translatePattern } from "./oniguruma-pattern.ts";
import { type SplitBehavior, splitBy } from "./split-by.ts";
import { GPT2_PATTERN } from "./split-patterns.ts";
import { unsupportedComponent } from "./tokenizer-error.ts";
import { checkJson, type JsonComponent } from "./tokenizer-json.ts";

/** Pieces of a text, in order, none of them empty. */
export type PreTokenizer = (text: string) => string[];

const SUPPORTED = "Split, Digits, and ByteLevel as the last (or only) one, alone or in a Sequence";

const byteLevelSchema = z.looseObject({
  add_prefix_space: z.boolean().default(true),
  use_regex: z.boolean().default(true),
});
const digitsSchema = z.looseObject({ individual_digits: z.boolean().default(false) });
const splitSchema = z.looseObject({
  pattern: z.union([z.object({ String: z.string().min(1) }), z.object({ Regex: z.string() })]),
  behavior: z.enum(["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"]),
  invert: z.boolean().default(false),
});
const sequenceSchema = z.looseObject({ pretokenizers: z.array(z.looseObject({ type: z.string() })) });

/**
 * Reads the section. ByteLevel must come last: it turns pieces into bytes, after which no pattern is meaningful.
 * Throws TokenizerError: TOKENIZER_UNSUPPORTED with the JSON path, TOKENIZER_INVALID for a broken field.
 */
export function readPreTokenizer(component: JsonComponent | null | undefined): PreTokenizer {
  const listed = flatten(component, "pre_tokenizer");
  const last = listed.at(-1);
  if (last?.component.type !== "ByteLevel") {
    throw unsupportedComponent(last?.path ?? "pre_tokenizer", JSON.stringify(last?.component.type ?? null), SUPPORTED);
  }
  const steps = listed.map(({ component: step, path }, index) => readStep(step, path, index === listed.length - 1));
  return (text) => {
    let pieces = text === "" ? [] : [text];
    for (const step of steps) pieces = pieces.length === 1 ? step(pieces[0] as string) : pieces.flatMap(step);
    return pieces;
  };
}

interface Located {
  readonly component: JsonComponent;
  readonly path: string;
}

function flatten(component: JsonComponent | null | undefined, path: string): Located[] {
  if (component === null || component === undefined) return [];
  if (component.type !== "Sequence") return [{ component, path }];
  const { pretokenizers } = checkJson(sequenceSchema, component, "tokenizer.json", path);
  return pretokenizers.flatMap((step, index) => flatten(step, `${path}.pretokenizers[${index}]`));
}

function readStep(component: JsonComponent, path: string, last: boolean): PreTokenizer {
  if (component.type === "ByteLevel" && last) return readByteLevel(component, path);
  if (component.type === "Digits") {
    const { individual_digits } = checkJson(digitsSchema, component, "tokenizer.json", path);
    const digits = individual_digits ? /\p{N}/gu : /\p{N}+/gu;
    return (piece) => splitBy(piece, digits, "Isolated", false);
  }
  if (component.type === "Split") return readSplit(component, path);
  throw unsupportedComponent(`${path}.type`, JSON.stringify(component.type), SUPPORTED);
}

function readByteLevel(component: JsonComponent, path: string): PreTokenizer {
  const { add_prefix_space, use_regex } = checkJson(byteLevelSchema, component, "tokenizer.json", path);
  const pattern = use_regex ? translatePattern(GPT2_PATTERN, path) : undefined;
  return (piece) => {
    const prefixed = add_prefix_space && !piece.startsWith(" ") ? ` ${piece}` : piece;
    return pattern === undefined ? [prefixed] : splitBy(prefixed, pattern, "Isolated", false);
  };
}

function readSplit(component: JsonComponent, path: string): PreTokenizer {
  const { pattern, behavior, invert } = checkJson(splitSchema, component, "tokenizer.json", path);
  const expression =
    "String" in pattern
      ? new RegExp(pattern.String.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "gu")
      : translatePattern(pattern.Regex, `${path}.pattern.Regex`);
  return (piece) => splitBy(piece, expression, behavior satisfies SplitBehavior, invert);
}
