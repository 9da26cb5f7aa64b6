import type { GeneratedPrompt } from "./prompt-filter.ts";

/** Most tasks taken from one continuation: a model that lists on and on repeats itself. */
const MAX_TASKS_PER_CONTINUATION = 8;

/**
 * A prompt sampled from the beginning of a turn: what comes before the stop token, white space around it aside.
 * `length`: tokens of that text.
 */
export function parseSampledPrompt(text: string, length: number, finishReason: string): GeneratedPrompt {
  return { text: text.trim(), length, cutOff: finishReason === "length" };
}

/**
 * Tasks out of a continuation of a numbered list whose next number is `next`: the text up to the next marker is the
 * first task, and so on while the numbers go up by one. Markers stand at the beginning of a line: `Task 10:`, `10.`,
 * `10)`, `10:`, bold or not. A line that is none belongs to the task before it, up to a blank line. The last task of a
 * text that ended at the token limit is marked cut off; a marker with nothing after it is no task.
 */
export function parseFewShotContinuation(text: string, next: number, finishReason: string): GeneratedPrompt[] {
  const tasks: string[][] = [[]];
  let closed = false;
  for (const line of stripMarker(text, next).replaceAll("\r\n", "\n").split("\n")) {
    const task = markedTask(line, next + tasks.length);
    if (task !== null) {
      tasks.push([task]);
      closed = false;
      continue;
    }
    const current = tasks.at(-1) ?? [];
    if (line.trim() !== "" && !closed) current.push(line.trim());
    // A blank line ends a task that has begun; what stands between it and the next marker is talk.
    else if (current.length > 0) closed = true;
  }
  // After a blank line the last task was complete before the limit was reached.
  const cutOff = finishReason === "length" && !closed;
  return tasks
    .map((lines, index) => ({ text: tidy(lines.join(" ")), cutOff: cutOff && index === tasks.length - 1 }))
    .filter((task) => task.text !== "")
    .slice(0, MAX_TASKS_PER_CONTINUATION);
}

/** A model may repeat the marker that the prompt ended with. */
function stripMarker(text: string, number: number): string {
  const [first = "", ...rest] = text.replace(/^\s+/, "").split("\n");
  return [markedTask(first, number) ?? first, ...rest].join("\n");
}

const marker =
  /^\s{0,8}(?:\*\*|__|#{1,6} )?(?:task\s{0,4})?#?(\d{1,4})\s{0,2}(?:\*\*|__)?[.):](?:\*\*|__)?(?=\s|$)(.*)$/i;

function markedTask(line: string, number: number): string | null {
  const match = marker.exec(line);
  return match && Number(match[1]) === number ? (match[2] ?? "").trim() : null;
}

/** Quotation marks or bold around a whole task are the list's, not the task's. */
function tidy(task: string): string {
  const text = task.replace(/\s+/g, " ").trim();
  return (
    /^(?:"([^"]*)"|“([^“”]*)”|\*\*((?:(?!\*\*).)*)\*\*)$/
      .exec(text)
      ?.slice(1)
      .find((inner) => inner !== undefined)
      ?.trim() ?? text
  );
}
