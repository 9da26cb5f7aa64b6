import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ArtifactStore } from "../artifact-store.ts";
import { openFileArtifactStore } from "../file-store/file-artifact-store.ts";
import { documentKind } from "./document.ts";
import { readRecords, writeRecords } from "./record-dataset.ts";
import { joinRecords, readRange, recordRanges } from "./record-ranges.ts";

let folder: string;
let store: ArtifactStore;
const documents = Array.from({ length: 7 }, (_, i) => ({ text: `document ${i}` }));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "srlm-ranges-"));
  store = await openFileArtifactStore(folder);
});
afterAll(() => rm(folder, { recursive: true }));

it("covers every record once, in order", () => {
  expect(recordRanges(7, 3)).toEqual([
    { start: 0, end: 3 },
    { start: 3, end: 6 },
    { start: 6, end: 7 },
  ]);
  expect(recordRanges(6, 3)).toHaveLength(2);
  expect(recordRanges(0, 3)).toEqual([{ start: 0, end: 0 }]);
});

it("gives the dataset back when its parts are joined", async () => {
  const whole = await writeRecords(store, documentKind, documents);
  const parts = [];
  for (const range of recordRanges(7, 3)) {
    parts.push(await writeRecords(store, documentKind, await readRange(store, documentKind, whole, range)));
  }
  expect(parts.map((part) => part.recordCount)).toEqual([3, 3, 1]);
  expect(await joinRecords(store, documentKind, parts)).toEqual(whole);
});

it("reads and joins empty datasets", async () => {
  const none = await writeRecords(store, documentKind, []);
  expect(await readRange(store, documentKind, none, { start: 0, end: 0 })).toEqual([]);
  const joined = await joinRecords(store, documentKind, [none, none]);
  expect(joined).toEqual(none);
  const read = [];
  for await (const record of readRecords(store, documentKind, joined)) read.push(record);
  expect(read).toEqual([]);
});
