import { failed, type ScoreResult, succeeded } from "./score/score-result.ts";

/**
 * Reads the compact format: the text ends with exactly `score : k`, k one of 0..5, white space at the end aside.
 * Small models that were taught this one form are held to it: anything else is `not_at_end`, nothing at all `empty`.
 */
export function parseCompactScore(judgement: string): ScoreResult {
  const text = judgement.trimEnd();
  if (text.trim() === "") return failed("empty");
  const match = /(?:^|\s)score : ([0-5])$/.exec(text.slice(-"\nscore : 5".length));
  return match ? succeeded(Number(match[1])) : failed("not_at_end");
}
