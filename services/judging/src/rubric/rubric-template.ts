import { createHash } from "node:crypto";
import { nearest } from "./nearest.ts";
import { RubricError } from "./rubric-error.ts";
import { type BodyPart, parseBody, placeholders } from "./template-body.ts";

/**
 * A rubric template is a text file: front matter of `key: value` lines between two lines `---`, then the body.
 *
 *     ---
 *     name: my-rubric
 *     format: chat
 *     scores: additive
 *     max_tokens: 384
 *     ---
 *     Judge this answer. Question: {{prompt}} Answer: {{response}} End with a line "Score: <total points>".
 *
 * - `name`: lower-case letters, digits, dashes; it appears in reports
 * - `format`: `chat` renders the body as one user message through the model's chat template; `raw` is the text as it
 *   stands, special tokens written out
 * - `scores`: how a judgement is read: `additive` with `parseScore`, `compact` with `parseCompactScore`
 * - `max_tokens`: room for one judgement, in tokens; a request may ask for another
 *
 * The body holds `{{prompt}}` and `{{response}}`, each at least once; `\{{` writes two literal braces. One line break
 * at the end of the file is not part of the body.
 */
export interface RubricTemplate {
  readonly name: string;
  readonly format: RubricFormat;
  readonly scores: ScoreFormat;
  readonly maxTokens: number;
  readonly body: readonly BodyPart[];
  /** SHA-256 in hexadecimal of what decides a judgement: format, score format and body. Name and room do not. */
  readonly digest: string;
}

const rubricFormats = ["chat", "raw"] as const;
export type RubricFormat = (typeof rubricFormats)[number];

const scoreFormats = ["additive", "compact"] as const;
export type ScoreFormat = (typeof scoreFormats)[number];

const keys = ["name", "format", "scores", "max_tokens"] as const;
type Key = (typeof keys)[number];

/** A judgement beyond this many tokens is no justification of up to 100 words in any tokenizer. */
const MAX_TOKENS_LIMIT = 8192;

/** Reads a template file's text. Throws RubricError naming the part, the value and the remedy. */
export function parseRubricTemplate(file: string): RubricTemplate {
  const text = file.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const match = /^---\n([\s\S]*?)^---(?:\n|$)/m.exec(text);
  if (match?.index !== 0) {
    throw new RubricError("file", "must begin with front matter: a line ---, lines `key: value`, and a line ---");
  }
  const fields = readFrontMatter(match[1] ?? "");
  const format = oneOf("format", fields.format, rubricFormats);
  const scores = oneOf("scores", fields.scores, scoreFormats);
  const bodyText = text.slice(match[0].length).replace(/\n$/, "");
  const body = parseBody(bodyText);
  for (const placeholder of placeholders) {
    if (!body.some((part) => part.kind === "placeholder" && part.name === placeholder)) {
      throw new RubricError("body", `lacks {{${placeholder}}}; put it where the ${placeholder} belongs`);
    }
  }
  const digest = createHash("sha256")
    .update(JSON.stringify(["srlm.rubric.v1", format, scores, bodyText]))
    .digest("hex");
  return { name: readName(fields.name), format, scores, maxTokens: readMaxTokens(fields.max_tokens), body, digest };
}

function readFrontMatter(text: string): Record<Key, string> {
  const found = new Map<Key, string>();
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    const [, key = "", value = ""] = /^([^:]*):(.*)$/.exec(line) ?? [];
    // The front matter's first line is the second of the file.
    const where = `line ${index + 2}`;
    if (!isKey(key)) {
      const hint = nearest(key, keys);
      const remedy = hint === null ? `known keys: ${keys.join(", ")}` : `did you mean ${hint}?`;
      throw new RubricError(where, `unknown key ${JSON.stringify(key === "" ? line : key)}; ${remedy}`);
    }
    if (found.has(key)) throw new RubricError(where, `${key} is given twice; keep one`);
    found.set(key, value.trim());
  });
  const field = (key: Key): string => {
    const value = found.get(key);
    if (value === undefined || value === "") throw new RubricError(key, `is missing; add a line \`${key}: ...\``);
    return value;
  };
  return { name: field("name"), format: field("format"), scores: field("scores"), max_tokens: field("max_tokens") };
}

const isKey = (key: string): key is Key => (keys as readonly string[]).includes(key);

function oneOf<const Value extends string>(field: string, value: string, allowed: readonly Value[]): Value {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) {
    throw new RubricError(field, `is ${JSON.stringify(value)}; must be one of ${allowed.join(", ")}`);
  }
  return found;
}

function readName(value: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(value)) {
    throw new RubricError("name", `is ${JSON.stringify(value)}; use up to 64 lower-case letters, digits and dashes`);
  }
  return value;
}

function readMaxTokens(value: string): number {
  const tokens = Number(value);
  if (!/^\d+$/.test(value) || tokens < 1 || tokens > MAX_TOKENS_LIMIT) {
    throw new RubricError(
      "max_tokens",
      `is ${JSON.stringify(value)}; must be a whole number from 1 to ${MAX_TOKENS_LIMIT}`,
    );
  }
  return tokens;
}
