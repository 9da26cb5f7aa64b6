import { describe, expect, it } from "vitest";
import { parseFewShotContinuation, parseSampledPrompt } from "./parse-generated.ts";

it("takes a sampled turn whole", () => {
  expect(parseSampledPrompt(" list 2 fruits\n", 4, "stop")).toEqual({
    text: "list 2 fruits",
    length: 4,
    cutOff: false,
  });
  expect(parseSampledPrompt("list 2", 2, "length")).toEqual({ text: "list 2", length: 2, cutOff: true });
});

describe("parseFewShotContinuation", () => {
  const texts = (text: string, finishReason = "stop") =>
    parseFewShotContinuation(text, 9, finishReason).map((task) => task.text);

  it.each([
    ["one task", " Write a haiku.", ["Write a haiku."]],
    ["tasks that go on", " A.\nTask 10: B.\nTask 11: C.", ["A.", "B.", "C."]],
    ["other markers", " A.\n10. B.\n11) C.\n12: D.\n**Task 13:** E.\n**14.** F.", ["A.", "B.", "C.", "D.", "E.", "F."]],
    ["a marker that is repeated", "Task 9: A.\nTask 10: B.", ["A.", "B."]],
    ["lines that belong to a task", " Sort these:\n  3, 1, 2\nTask 10: B.", ["Sort these: 3, 1, 2", "B."]],
    ["numbers that go astray", " A.\nTask 12: B.\nTask 10: C.", ["A. Task 12: B.", "C."]],
    ["a list inside a task", " Rank:\n1. x\n2. y\nTask 10: B.", ["Rank: 1. x 2. y", "B."]],
    ["talk after a blank line", " A.\n\nI hope these help!", ["A."]],
    ["tasks after a blank line", " A.\n\nTask 10: B.\n\nDone.", ["A.", "B."]],
    ["a marker with nothing after it", " A.\nTask 10:", ["A."]],
    ["years and decimals", " Sum 1.5 and\n10.5 please", ["Sum 1.5 and 10.5 please"]],
    [
      "quoted and bold tasks",
      ' "Write a haiku."\nTask 10: **Sing.**\nTask 11: “Go.”',
      ["Write a haiku.", "Sing.", "Go."],
    ],
    ["quotes inside a task", ' "Yes" or "no"?', ['"Yes" or "no"?']],
    ["Windows line ends", " A.\r\nTask 10: B.\r\n", ["A.", "B."]],
    ["nothing", " \n", []],
  ])("reads %s", (_, text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  it("marks the last task of a text that ended at the limit", () => {
    const cutOff = (text: string) => parseFewShotContinuation(text, 9, "length").map((task) => task.cutOff);
    expect(cutOff(" A.\nTask 10: Write a")).toEqual([false, true]);
    expect(cutOff(" A.\nTask 10: B.\n\nI hope")).toEqual([false, false]);
    // The number of a task that had no time to begin: the one before it was complete.
    expect(cutOff(" A.\nTask 10:")).toEqual([false]);
  });

  it("stops after eight", () => {
    const long = Array.from({ length: 30 }, (_, i) => `Task ${9 + i}: do ${i}`).join("\n");
    expect(texts(long)).toHaveLength(8);
  });
});
