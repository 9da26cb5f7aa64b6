import { parseCompactScore } from "./parse-compact-score.ts";
import { parseScore } from "./parse-score.ts";
import type { ScoreFormat } from "./rubric/rubric-template.ts";
import type { ScoreResult } from "./score/score-result.ts";

/** Reads a judgement's text by the rubric's score format. */
export function parseJudgement(text: string, format: ScoreFormat): ScoreResult {
  return format === "additive" ? parseScore(text) : parseCompactScore(text);
}

/** A line of `srlm judge parse FILE.jsonl` that is not an object with a string `text`. */
export class JudgementLineError extends Error {
  override readonly name = "JudgementLineError";
  readonly reason = "INVALID_RECORD";
  /** From 1. */
  readonly line: number;

  constructor(line: number, message: string, options?: ErrorOptions) {
    super(`line ${line}: ${message}`, options);
    this.line = line;
  }
}

/** One line of JSONL in, its result out. `lineNumber` counts from 1 and appears in errors. */
export function parseJudgementLine(line: string, lineNumber: number, format: ScoreFormat = "additive"): ScoreResult {
  let record: unknown;
  try {
    record = JSON.parse(lineNumber === 1 ? line.replace(/^\uFEFF/, "") : line);
  } catch (error) {
    throw new JudgementLineError(lineNumber, `is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const text = typeof record === "object" && record !== null ? (record as { text?: unknown }).text : undefined;
  if (typeof text !== "string") {
    throw new JudgementLineError(
      lineNumber,
      `field text is ${JSON.stringify(text) ?? "missing"}; give {"text": "..."}`,
    );
  }
  return parseJudgement(text, format);
}

/** All lines of a file's text, blank ones skipped. Throws JudgementLineError at the first broken one. */
export function* parseJudgementLines(file: string, format: ScoreFormat = "additive"): Generator<ScoreResult> {
  let lineNumber = 0;
  for (const line of file.split("\n")) {
    lineNumber += 1;
    if (line.trim() !== "") yield parseJudgementLine(line, lineNumber, format);
  }
}
