import { expect, it } from "vitest";
import { parseJudgementLine, parseJudgementLines } from "./parse-judgement.ts";

it("reads a line's text by the score format asked for", () => {
  expect(parseJudgementLine('{"text": "Score: 4/5", "id": 7}', 1)).toEqual({ score: 4, failure: null });
  expect(parseJudgementLine('{"text": "Score: 4/5"}', 1, "compact")).toEqual({ score: null, failure: "not_at_end" });
  expect(parseJudgementLine('{"text": "ok score : 3"}', 1, "compact")).toEqual({ score: 3, failure: null });
});

it("reads every line and skips blank ones", () => {
  const file = '\uFEFF{"text": "Score: 1"}\r\n\n{"text": ""}\n';
  expect([...parseJudgementLines(file)]).toEqual([
    { score: 1, failure: null },
    { score: null, failure: "empty" },
  ]);
});

it.each([
  ['{"text": "Score: 1"', "line 2: is not JSON"],
  ['{"output": "Score: 1"}', 'line 2: field text is missing; give {"text": "..."}'],
  ['{"text": 4}', "line 2: field text is 4"],
  ["null", "line 2: field text is missing"],
  ['"Score: 1"', "line 2: field text is missing"],
])("names the line of %s", (line, message) => {
  expect(() => [...parseJudgementLines(`{"text": "Score: 1"}\n${line}\n`)]).toThrow(message);
});
