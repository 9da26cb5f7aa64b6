import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkFolder, RunFolder } from "./run-folder.ts";

const request = { config: "name: a\n", seeds: [11], pooled: false, engineBytes: 1 };
let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "srlm-folder-"));
});
afterEach(() => rmSync(path, { recursive: true }));

it("is free where nothing was begun", () => {
  expect(checkFolder(new RunFolder(join(path, "none")), request)).toBe("new");
  expect(checkFolder(new RunFolder(path), request)).toBe("new");
});

it("knows an unfinished run of the same configuration, and a finished one", () => {
  const folder = new RunFolder(path);
  folder.create(request, {});
  expect(checkFolder(folder, request)).toBe("unfinished");
  writeFileSync(join(path, "report.json"), "{}");
  expect(checkFolder(folder, request)).toBe("finished");
});

it.each([{ config: "name: b\n" }, { seeds: [11, 12] }, { pooled: true }])("refuses another run: %j", (change) => {
  const folder = new RunFolder(path);
  folder.create(request, {});
  expect(() => checkFolder(folder, { ...request, ...change })).toThrow("another configuration or other seeds");
});

it("reads back what it wrote, and refuses a format that it does not know", () => {
  const folder = new RunFolder(path);
  const record = folder.create(request, {});
  expect(new RunFolder(path).read()).toEqual(record);
  writeFileSync(join(path, "run.json"), '{"format":2}');
  expect(() => folder.read()).toThrow("has format 2, this version reads 1");
  writeFileSync(join(path, "run.json"), "{");
  expect(() => folder.read()).toThrow("is not JSON");
});

it("keeps results of several seeds apart", () => {
  const folder = new RunFolder(path);
  expect(folder.resultsOf(request, 11)).toBe(path);
  expect(folder.resultsOf({ ...request, pooled: true }, 11)).toBe(join(path, "seed-11"));
});
