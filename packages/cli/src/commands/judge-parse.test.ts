import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { MemoryOutput } from "../testing/memory-output.ts";
import { judgeParse } from "./judge-parse.ts";

const folder = mkdtempSync(join(tmpdir(), "srlm-judge-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, "judgements.jsonl");
  writeFileSync(path, content);
  return path;
}

it("prints a score or a failure for each line", async () => {
  const output = new MemoryOutput();
  const path = file('{"text":"Good. Score: 4/5"}\r\n\n{"text":"nothing","id":7}\n{"text":"Score: **3.5**"}');
  expect(await judgeParse(path, "additive", output)).toBe(0);
  expect(output.stdout).toBe(
    '{"score":4,"failure":null}\n{"score":null,"failure":"no_mention"}\n{"score":3.5,"failure":null}\n',
  );
});

it("reads the tiny world's format when asked to", async () => {
  const output = new MemoryOutput();
  await judgeParse(file('{"text":"style no score : 2"}\n'), "compact", output);
  expect(output.stdout).toBe('{"score":2,"failure":null}\n');
});

it.each([
  ['{"text":"Score: 1"}\n{"text":\n', /judgements\.jsonl: line 2: is not JSON/],
  ['{"txt":"Score: 1"}\n', /line 1: field text is missing; give \{"text"/],
  ['\n{"text":5}\n', /line 2: field text is 5/],
])("names the broken line of %j, after the results before it", async (content, message) => {
  const output = new MemoryOutput();
  await expect(judgeParse(file(content), "additive", output)).rejects.toThrow(message);
  await expect(judgeParse(file(content), "additive", output)).rejects.toMatchObject({ exitCode: 2 });
});

it("names a file that is not there", async () => {
  const missing = join(folder, "none.jsonl");
  await expect(judgeParse(missing, "additive", new MemoryOutput())).rejects.toThrow(`there is no file ${missing}`);
  await expect(judgeParse(folder, "additive", new MemoryOutput())).rejects.toThrow("cannot read");
});
