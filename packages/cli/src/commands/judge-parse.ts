import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { JudgementLineError, parseJudgementLine } from "@srlm/judging";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";

export const SCORE_FORMATS = ["additive", "compact"] as const;
export type ScoreFormat = (typeof SCORE_FORMATS)[number];

/**
 * `srlm judge parse FILE.jsonl`: for each line with a `text`, one line `{"score": number or null, "failure": reason or
 * null}`, the reason in lower case (JudgementSample of the contract has it in upper case). Stops at the first broken
 * line, which the error names. Returns the exit code.
 */
export async function judgeParse(path: string, format: ScoreFormat, output: Output): Promise<number> {
  const lines = createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  try {
    for await (const line of lines) {
      number += 1;
      if (line.trim() === "") continue;
      const { score, failure } = parseJudgementLine(line, number, format);
      output.out(`${JSON.stringify({ score, failure })}\n`);
    }
  } catch (error) {
    if (error instanceof JudgementLineError)
      throw new CliError(EXIT.usage, `${path}: ${error.message}`, { cause: error });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const problem = code === "ENOENT" ? `there is no file ${path}` : `cannot read ${path}: ${message}`;
    throw new CliError(EXIT.usage, problem, { cause: error });
  } finally {
    lines.close();
  }
  return EXIT.ok;
}
