import { expect, it } from "vitest";
import { buildFewShotPrompt } from "./few-shot.ts";
import { parseFewShotContinuation } from "./parse-generated.ts";

const seeds = Array.from({ length: 20 }, (_, i) => `seed ${i}`);
const generated = Array.from({ length: 10 }, (_, i) => `generated ${i}`);
const count = (tasks: readonly string[], kind: string) => tasks.filter((task) => task.startsWith(kind)).length;

it("shows six tasks of people and two generated ones, all different, and asks for the ninth", () => {
  for (let index = 0; index < 50; index += 1) {
    const { text, tasks } = buildFewShotPrompt({ seeds, generated }, 1, index);
    expect([count(tasks, "seed"), count(tasks, "generated"), new Set(tasks).size]).toEqual([6, 2, 8]);
    expect(text.split("\n").slice(2)).toEqual([...tasks.map((task, i) => `Task ${i + 1}: ${task}`), "Task 9:"]);
  }
});

it("shows as many as asked for", () => {
  const { tasks } = buildFewShotPrompt({ seeds, generated }, 1, 0, { seeds: 1, generated: 3 });
  expect([count(tasks, "seed"), count(tasks, "generated")]).toEqual([1, 3]);
});

it("fills up with people's tasks where few or none have been generated", () => {
  expect(count(buildFewShotPrompt({ seeds, generated: [] }, 1, 0).tasks, "seed")).toBe(8);
  expect(count(buildFewShotPrompt({ seeds, generated: ["generated 0"] }, 1, 0).tasks, "seed")).toBe(7);
  const few = buildFewShotPrompt({ seeds: ["seed 0", "seed 1"], generated: [] }, 1, 0);
  expect(few.text.split("\n").at(-1)).toBe("Task 3:");
});

it("is the same for the same seed and index, another for others", () => {
  const text = (seed: number, index: number) => buildFewShotPrompt({ seeds, generated }, seed, index).text;
  expect(text(1, 5)).toBe(text(1, 5));
  expect(new Set([text(1, 5), text(1, 6), text(2, 5)]).size).toBe(3);
});

it("mixes the generated tasks in at any place", () => {
  const places = new Set<number>();
  for (let index = 0; index < 100; index += 1) {
    buildFewShotPrompt({ seeds, generated }, 1, index).tasks.forEach((task, place) => {
      if (task.startsWith("generated")) places.add(place);
    });
  }
  expect(places.size).toBe(8);
});

it("keeps a task of several lines on one, so that its continuation can be read", () => {
  const { text, tasks } = buildFewShotPrompt({ seeds: ["Sort:\n3\n\n1"], generated: [] }, 1, 0);
  expect(tasks).toEqual(["Sort: 3 1"]);
  expect(parseFewShotContinuation(" New one.\nTask 3: Next.", text.split("\n").length - 2, "stop")).toHaveLength(2);
});

it("needs seed prompts", () => {
  expect(() => buildFewShotPrompt({ seeds: [], generated }, 1, 0)).toThrow("seeds is empty");
});
