import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ArtifactRef,
  type ArtifactStore,
  openFileArtifactStore,
  promptKind,
  type RecordKind,
  rankedAnswersKind,
  readRecords,
  sftExampleKind,
} from "@srlm/artifacts";
import { type Config, expectedInputs, parseConfig } from "@srlm/orchestration";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readConfig } from "../config/read-config.ts";
import { importData } from "./import-inputs.ts";

let folder: string;
let store: ArtifactStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "srlm-inputs-"));
  store = await openFileArtifactStore(join(folder, "store"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const resolve = (path: string) => join(folder, path);

async function all<T>(kind: RecordKind<T>, ref: ArtifactRef | undefined): Promise<T[]> {
  const records: T[] = [];
  if (ref !== undefined) for await (const record of readRecords(store, kind, ref)) records.push(record);
  return records;
}

function write(name: string, ...lines: unknown[]): void {
  writeFileSync(
    resolve(name),
    lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"),
  );
}

function fileConfig(data: string, rest = ""): Config {
  return parseConfig(`name: x\nmodel: m\ndata: ${data}\n${rest}`);
}

it("makes what the demonstration's configuration expects, the same each time", async () => {
  const config = readConfig(join(import.meta.dirname, "../../../../configs/smoke.yaml"), []);
  const inputs = await importData(store, config, 21, resolve);
  const required = expectedInputs(config).map(({ name }) => name);
  expect(Object.keys(inputs).sort()).toEqual(required.sort());
  expect(await importData(store, config, 21, resolve)).toEqual(inputs);

  const other = await importData(store, config, 0, resolve);
  expect(other["ift"]?.sha256).not.toBe(inputs["ift"]?.sha256);
  // A tuning seed has another evaluation set.
  expect(other["held_out/new_texts"]?.sha256).not.toBe(inputs["held_out/new_texts"]?.sha256);

  const excluded = new Set((await all(promptKind, inputs["excluded"])).map(({ prompt }) => prompt));
  const ift = await all(sftExampleKind, inputs["ift"]);
  expect(ift.every(({ prompt }) => excluded.has(prompt))).toBe(true);
  for (const split of ["new_texts", "new_requests"]) {
    const groups = await all(rankedAnswersKind, inputs[`judge/${split}`]);
    expect(groups.every(({ prompt }) => excluded.has(prompt))).toBe(true);
  }
  const suffixes = await all(promptKind, inputs["excluded_suffixes"]);
  expect(suffixes).toHaveLength(16);
  const asked = await all(promptKind, inputs["held_out/new_requests"]);
  expect(asked.every(({ prompt }) => suffixes.some((suffix) => prompt.endsWith(suffix.prompt)))).toBe(true);
  const eft = await all(sftExampleKind, inputs["eft"]);
  expect(eft.every((example) => example.kind === "eft" && example.prompt_format === "raw")).toBe(true);
});

it("reads a user's files: kinds by their place, IFT prompts as examples and excluded", async () => {
  write("ift.jsonl", { prompt: "a", completion: "b" }, { prompt: "c", completion: "d" });
  write("eft.jsonl", { prompt: "judge this", completion: "Score: 3" });
  write("held.jsonl", { prompt: "h" });
  write("judge.jsonl", {
    prompt: "j",
    answers: [
      { text: "x", rank: 0 },
      { text: "y", rank: 1 },
    ],
  });
  const config = fileConfig(
    "{ ift: ift.jsonl, eft: eft.jsonl, held_out: { mine: held.jsonl }, judge: { mine: judge.jsonl } }",
  );
  const inputs = await importData(store, config, 1, resolve);
  expect(Object.keys(inputs).sort()).toEqual(["eft", "excluded", "held_out/mine", "ift", "judge/mine", "prompts"]);
  expect((await all(sftExampleKind, inputs["eft"])).map(({ kind }) => kind)).toEqual(["eft"]);
  expect((await all(promptKind, inputs["prompts"])).map(({ prompt }) => prompt)).toEqual(["a", "c"]);
  expect((await all(promptKind, inputs["excluded"])).map(({ prompt }) => prompt)).toEqual(["a", "c", "j"]);
});

it("divides Open Assistant trees so that no prompt is in two parts", async () => {
  const tree = (i: number) => ({
    prompt: {
      text: `prompt ${i}`,
      replies: [
        { text: "good", rank: 0 },
        { text: "bad", rank: 1 },
      ],
    },
  });
  write("trees.jsonl", ...Array.from({ length: 40 }, (_, i) => tree(i)));
  const config = fileConfig("{ ranked: trees.jsonl }", "prompting: { source: pooled, count: 4 }\n");
  const inputs = await importData(store, config, 1, resolve);
  const parts = [
    (await all(sftExampleKind, inputs["ift"])).map(({ prompt }) => prompt),
    (await all(promptKind, inputs["prompts"])).map(({ prompt }) => prompt),
    (await all(promptKind, inputs["held_out/ranked"])).map(({ prompt }) => prompt),
  ];
  expect(parts.map((part) => part.length)).toEqual([20, 12, 8]);
  expect(new Set(parts.flat()).size).toBe(40);
  expect(await all(rankedAnswersKind, inputs["judge/ranked"])).toHaveLength(8);
});

it.each([
  ["a broken line", ['{"prompt":"a","completion":"b"}', '{"prompt":"a"'], /ift\.jsonl:2: is not JSON/],
  ["a field of another type", [{ prompt: "a", completion: 7 }], /ift\.jsonl:1: .*field completion/],
  ["a misspelt field", [{ prompt: "a", completion: "b", promptformat: "raw" }], /field promptformat is not part/],
  ["nothing", [], /data\.ift: .*ift\.jsonl holds no records/],
])("names file and line of %s, and stores nothing", async (_, lines, message) => {
  write("ift.jsonl", ...lines);
  await expect(importData(store, fileConfig("{ ift: ift.jsonl }"), 1, resolve)).rejects.toThrow(message);
});

it("names a file that is not there, and a rubric that is none", async () => {
  await expect(importData(store, fileConfig("{ ift: none.jsonl }"), 1, resolve)).rejects.toThrow("there is no file");
  write("ift.jsonl", { prompt: "a", completion: "b" });
  const config = fileConfig("{ ift: ift.jsonl }", "judging: { rubric_file: rubric.txt }\n");
  await expect(importData(store, config, 1, resolve)).rejects.toThrow("judging.rubric_file: cannot read");
  write("rubric.txt", "no front matter");
  await expect(importData(store, config, 1, resolve)).rejects.toThrow("must begin with front matter");
});
