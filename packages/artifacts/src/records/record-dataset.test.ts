import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ArtifactStore } from "../artifact-store.ts";
import { contentId } from "../digest.ts";
import { openFileArtifactStore } from "../file-store/file-artifact-store.ts";
import { candidateId, candidateKind } from "./candidate.ts";
import { documentKind } from "./document.ts";
import { importRecords, readUserRecords } from "./import-records.ts";
import { type JudgementRecord, judgementKind } from "./judgement.ts";
import { promptId, promptKind } from "./prompt.ts";
import { rankedAnswersKind } from "./ranked-answers.ts";
import { readRecords, writeRecords } from "./record-dataset.ts";
import { sftExampleKind } from "./sft-example.ts";

let folder: string;
let store: ArtifactStore;
const digest = "d".repeat(64);
const sampling = { temperature: 0.7, top_p: 0.9, top_k: 0, min_p: 0, repetition_penalty: 1, max_tokens: 16 };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "srlm-records-"));
  store = await openFileArtifactStore(join(folder, "store"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function all<T>(records: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const record of records) found.push(record);
  return found;
}

async function fileOf(content: string | Uint8Array): Promise<string> {
  const path = join(folder, "data.jsonl");
  await writeFile(path, content);
  return path;
}

const prompts = Array.from({ length: 3000 }, (_, i) => {
  const prompt = `Question ${i}: 😀\n"quoted"?`;
  return { prompt_id: promptId({ prompt }), prompt, source: "test" };
});

describe("datasets", () => {
  it("come back as they were written, counted, with equal digests for equal content", async () => {
    const ref = await writeRecords(store, promptKind, prompts);
    expect([ref.mediaType, ref.recordCount]).toEqual(["application/jsonl", 3000]);
    expect(await all(readRecords(store, promptKind, ref))).toEqual(prompts);
    const shuffledMembers = prompts.map(({ prompt, prompt_id, source }) => ({ source, prompt, prompt_id }));
    expect(await writeRecords(store, promptKind, shuffledMembers)).toEqual(ref);
    const first = new TextDecoder().decode(await store.bytes(ref)).split("\n")[0];
    expect(JSON.parse(first ?? "")).toEqual(prompts[0]);
    const none = await writeRecords(store, promptKind, []);
    expect([none.recordCount, none.sizeBytes]).toEqual([0, 0]);
    expect(await all(readRecords(store, promptKind, none))).toEqual([]);
  });

  it("with a bad record are not stored, and the error says which record and field", async () => {
    const bad = [prompts[0], { prompt_id: "x", prompt: 5, source: "test" }] as typeof prompts;
    await expect(writeRecords(store, promptKind, bad)).rejects.toThrow(/^prompt record:2: field prompt: .*string/);
    await expect(writeRecords(store, promptKind, bad)).rejects.toMatchObject({
      reason: "RECORD_INVALID",
      line: 2,
      field: "prompt",
    });
    expect(await readdir(join(folder, "store"))).toEqual(["tmp"]);
  });

  it("of another kind, another type or another count are refused", async () => {
    const ref = await writeRecords(store, promptKind, prompts.slice(0, 2));
    await expect(all(readRecords(store, documentKind, ref))).rejects.toThrow(
      `${ref.uri}:1: not a document record: field text`,
    );
    await expect(all(readRecords(store, promptKind, { ...ref, mediaType: "text/plain" }))).rejects.toMatchObject({
      reason: "ARTIFACT_KIND_MISMATCH",
    });
    await expect(all(readRecords(store, promptKind, { ...ref, recordCount: 3 }))).rejects.toThrow(
      "holds 2 records, its reference says 3",
    );
  });
});

describe("a user's file", () => {
  it("becomes a dataset, with ids and defaults where it gives none, and a manifest", async () => {
    const path = await fileOf('\ufeff{"prompt":"one"}\r\n\r\n{"source":"mine","prompt":"two","prompt_id":"p2"}');
    const ref = await importRecords(store, promptKind, path);
    expect(await all(readRecords(store, promptKind, ref))).toEqual([
      { prompt_id: contentId({ prompt: "one" }), prompt: "one", source: "user" },
      { prompt_id: "p2", prompt: "two", source: "mine" },
    ]);
    expect(await store.manifests(ref)).toMatchObject([{ kind: "prompt", producer: "import", recordCount: 2 }]);
    const sft = await fileOf('{"prompt":"q","completion":"a"}\n{"prompt":"q","completion":"a","kind":"eft"}\n');
    const examples = await all(readUserRecords(sftExampleKind, sft));
    expect(examples[0]).toMatchObject({ kind: "ift", prompt_format: "chat", prompt: "q", completion: "a" });
    expect(examples[1]?.example_id).not.toBe(examples[0]?.example_id);
    const ranked = await fileOf('{"prompt":"q","answers":[{"text":"a","rank":0},{"text":"b"}]}');
    expect((await all(readUserRecords(rankedAnswersKind, ranked)))[0]?.answers).toEqual([
      { text: "a", rank: 0, score: null },
      { text: "b", rank: null, score: null },
    ]);
  });

  it.each([
    ['{"text":"a"}\n{"text":"b"\n{"text":"c"}', 2, undefined, "is not JSON"],
    ['{"text":"a"}\n\n{"text":7}', 3, "text", "field text: "],
    ['{"txt":"a"}', 1, "text", "field text: "],
    ['{"text":"a","docid":"1"}', 1, "docid", "field docid is not part of this record"],
    ['{"text":"a"}\n["text"]', 2, "", "record: "],
    ['{"text":"a"}\n{"text":"b"}\ntrailing', 3, undefined, "is not JSON"],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 1, undefined, "is not UTF-8 text"],
  ])(
    "with a broken line is named by file, line and field, and nothing is imported",
    async (content, line, field, why) => {
      const path = await fileOf(content);
      const error = await importRecords(store, documentKind, path).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ reason: "RECORD_INVALID", line, field });
      expect((error as Error).message).toContain(`${path}:${line}: `);
      expect((error as Error).message).toContain(why);
      expect(await readdir(join(folder, "store"))).toEqual(["tmp"]);
      expect(await readdir(join(folder, "store", "tmp"))).toEqual([]);
    },
  );

  it("that breaks far into it imports nothing either; one that is missing is named", async () => {
    const lines = Array.from({ length: 50_000 }, (_, i) => `{"text":"document number ${i}"}`);
    lines[49_998] = '{"text":null}';
    const path = await fileOf(lines.join("\n"));
    await expect(importRecords(store, documentKind, path)).rejects.toThrow(`${path}:49999: not a document record`);
    expect(await readdir(join(folder, "store"))).toEqual(["tmp"]);
    const missing = join(folder, "none.jsonl");
    await expect(importRecords(store, documentKind, missing)).rejects.toThrow(`there is no file ${missing}`);
  });
});

describe("record kinds", () => {
  const fields = {
    prompt_id: "p",
    candidate_index: 0,
    model_sha256: digest,
    tokenizer_sha256: digest,
    template_sha256: digest,
    sampling,
    seed: 1,
    engine_fingerprint: "cpu",
  };

  it("derive ids from what makes the record", () => {
    expect(candidateId(fields)).toMatch(/^[0-9a-f]{16}$/);
    expect(candidateId({ ...fields })).toBe(candidateId(fields));
    expect(candidateId({ ...fields, candidate_index: 1 })).not.toBe(candidateId(fields));
    expect(candidateId({ ...fields, sampling: { ...sampling, top_p: 1 } })).not.toBe(candidateId(fields));
    expect(promptId({ prompt: "x" })).toBe(contentId({ prompt: "x" }));
  });

  it("check candidates by field", () => {
    const candidate = {
      ...fields,
      candidate_id: candidateId(fields),
      prompt: "p",
      completion: "c",
      prompt_ids: [1],
      completion_ids: [2, 3],
      finish_reason: "stop",
      sum_logprob: -1.5,
    };
    expect(candidateKind.schema.safeParse(candidate).success).toBe(true);
    const wrong = [
      { completion_ids: [2, -1] },
      { completion_ids: [2.5] },
      { finish_reason: "eos" },
      { sum_logprob: Number.NaN },
      { model_sha256: "abc" },
      { sampling: { ...sampling, top_p: 0 } },
      { extra: 1 },
    ];
    for (const part of wrong) expect(candidateKind.schema.safeParse({ ...candidate, ...part }).success).toBe(false);
  });

  it("never let a failed judgement carry a score", () => {
    const judgement: JudgementRecord = {
      judgement_id: "j",
      candidate_id: "c",
      prompt_id: "p",
      samples: [
        { text: "Score: 4", score: 4, failure: null },
        { text: "?", score: null, failure: "NO_SCORE" },
      ],
      mean: 4,
      variance: 0,
      failures: 1,
      judge_model_sha256: digest,
      rubric_sha256: digest,
      sampling,
      seed: 1,
      engine_fingerprint: "cpu",
    };
    const accepts = (part: Partial<JudgementRecord>) =>
      judgementKind.schema.safeParse({ ...judgement, ...part }).success;
    expect(accepts({})).toBe(true);
    expect(accepts({ failures: 0 })).toBe(false);
    expect(accepts({ mean: null })).toBe(false);
    expect(accepts({ samples: [{ text: "", score: null, failure: null }], failures: 1, mean: null })).toBe(false);
    expect(accepts({ samples: [{ text: "", score: 3, failure: "X" }], failures: 0 })).toBe(false);
    expect(accepts({ samples: [{ text: "", score: 6, failure: null }], failures: 0 })).toBe(false);
    expect(accepts({ samples: [{ text: "", score: null, failure: "X" }], failures: 1, mean: 2 })).toBe(false);
    expect(accepts({ samples: [{ text: "", score: null, failure: "X" }], failures: 1, mean: null })).toBe(true);
  });
});
