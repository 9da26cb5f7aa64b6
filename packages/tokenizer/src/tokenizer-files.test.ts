import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadTokenizer } from "./tokenizer.ts";
import { readTokenizerFiles, writeTokenizerFiles } from "./tokenizer-files.ts";
import { trainTokenizer } from "./train-tokenizer.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "srlm-tokenizer-"));
});
afterEach(() => rm(directory, { recursive: true }));

it("reads back what it writes, in a folder that it makes", async () => {
  const files = await trainTokenizer(["a text, a text"], { vocabularySize: 260, chatTemplate: "{{ messages }}" });
  const folder = join(directory, "made", "here");
  await writeTokenizerFiles(folder, { ...files, "chat_template.jinja": "é\n" });
  expect(await readTokenizerFiles(folder)).toEqual({ ...files, "chat_template.jinja": "é\n" });
  expect((await loadTokenizer(folder)).chatTemplate.source).toBe("é\n");
});

it("says what is missing and what to do", async () => {
  const missing = (message: string) =>
    expect.objectContaining({ reason: "TOKENIZER_MISSING", field: "directory", message });
  await expect(loadTokenizer(directory)).rejects.toThrow(
    missing(`${directory} has no tokenizer.json: copy the tokenizer of the model it belongs to there`),
  );
  await writeFile(join(directory, "tokenizer.model"), "");
  await expect(loadTokenizer(directory)).rejects.toThrow("it has tokenizer.model: convert it with transformers");
  await expect(loadTokenizer(join(directory, "none"))).rejects.toThrow(
    expect.objectContaining({ reason: "TOKENIZER_MISSING" }),
  );
});
