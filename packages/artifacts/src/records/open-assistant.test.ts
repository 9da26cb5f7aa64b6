import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bestAnswerExample, newOpenAssistantCounts, readOpenAssistantTrees } from "./open-assistant.ts";
import { groupId } from "./ranked-answers.ts";
import { readRankedAnswersFile } from "./ranked-answers-file.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "srlm-oasst-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const reply = (text: string, rank: number | null, more = {}) => ({
  text,
  rank,
  lang: "en",
  role: "assistant",
  ...more,
});
const tree = (text: string, replies: object[], more = {}) => ({
  message_tree_id: "t",
  prompt: { text, lang: "en", role: "prompter", replies, ...more },
});

async function read(lines: object[], language?: string) {
  const path = join(folder, "trees.jsonl");
  await writeFile(path, lines.map((line) => JSON.stringify(line)).join("\n"));
  const counts = newOpenAssistantCounts();
  const groups = [];
  for await (const group of readOpenAssistantTrees(path, { counts, ...(language ? { language } : {}) }))
    groups.push(group);
  return { groups, counts };
}

const trees = [
  tree("Why is the sky blue?", [
    reply("second", 1, { replies: [reply("deeper, not a first answer", 0)] }),
    reply("best", 0),
    reply("gone", 2, { deleted: true }),
    reply("never ranked", null),
    reply("auf Deutsch", 3, { lang: "de" }),
  ]),
  tree("Hola?", [reply("sí", 0, { lang: "es" })], { lang: "es" }),
  tree("Removed?", [reply("x", 0)], { deleted: true }),
  tree("Nobody ranked this", [reply("x", null), { text: "y" }]),
];

it("reads the first answers that people ranked, best first, and counts what it leaves out", async () => {
  const { groups, counts } = await read(trees, "en");
  const answers = [
    { text: "best", rank: 0, score: null },
    { text: "second", rank: 1, score: null },
  ];
  const prompt = "Why is the sky blue?";
  expect(groups).toEqual([{ group_id: groupId({ prompt, answers }), prompt, answers }]);
  expect(counts).toEqual({
    trees: 4,
    groups: 1,
    answers: 2,
    treesInOtherLanguage: 1,
    treesDeleted: 1,
    treesWithoutAnswers: 1,
    repliesInOtherLanguage: 1,
    repliesDeleted: 1,
    repliesUnranked: 3,
  });
});

it("keeps every language unless one is asked for", async () => {
  const { groups } = await read(trees);
  expect(groups.map((group) => group.answers.map((answer) => answer.text))).toEqual([
    ["best", "second", "auf Deutsch"],
    ["sí"],
  ]);
});

it("gives an instruction example from the answer of rank 0, and none without one", async () => {
  const { groups } = await read([...trees.slice(0, 1), tree("Only a second", [reply("b", 1)])], "en");
  const examples = groups.map(bestAnswerExample);
  expect(examples[0]).toMatchObject({
    kind: "ift",
    prompt: "Why is the sky blue?",
    completion: "best",
    prompt_format: "chat",
  });
  expect(examples[1]).toBeUndefined();
});

it("tells trees from ranked-answers records by the first line", async () => {
  const path = join(folder, "ranked.jsonl");
  const readFile = async (content: string) => {
    await writeFile(path, content);
    const groups = [];
    for await (const group of readRankedAnswersFile(path, { language: "en" })) groups.push(group);
    return groups;
  };
  const fromTrees = await readFile(trees.map((each) => JSON.stringify(each)).join("\n"));
  expect(fromTrees).toHaveLength(1);
  expect(await readFile(JSON.stringify(fromTrees[0]))).toEqual(fromTrees);
  expect(await readFile("")).toEqual([]);
  await expect(readFile('{"prompt":"q","answers":[]}')).rejects.toThrow(`${path}:1: not a ranked-answers record`);
  await expect(readFile('{"prompt":{}}')).rejects.toThrow(`${path}:1: not an Open Assistant message tree`);
});

it("names line and field of what is no tree", async () => {
  await expect(read([...trees, { message_id: "flat export" }])).rejects.toThrow(
    /trees\.jsonl:5: not an Open Assistant message tree: field prompt/,
  );
  await expect(read([tree("q", [reply("a", 0), { rank: 1 }])])).rejects.toMatchObject({
    line: 1,
    field: "prompt.replies[1].text",
  });
});
