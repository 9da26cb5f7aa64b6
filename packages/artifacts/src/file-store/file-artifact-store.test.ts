import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ArtifactRef } from "../artifact-ref.ts";
import type { ArtifactStore } from "../artifact-store.ts";
import { sha256Hex } from "../digest.ts";
import { writeListing } from "../directory-listing.ts";
import { openFileArtifactStore } from "./file-artifact-store.ts";

let root: string;
let store: ArtifactStore;
const mediaType = "text/plain";
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);
const refuse = (reason: string) => expect.objectContaining({ name: "ArtifactError", reason });
const blobPath = ({ sha256 }: ArtifactRef) => join(root, "blobs", sha256.slice(0, 2), sha256);

async function collect(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function* streamOf(...chunks: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield bytes(chunk);
  }
}

/** Rewrites a stored file as somebody with the rights to could, its length unchanged. */
async function tamper(path: string, content: string): Promise<void> {
  await chmod(path, 0o644);
  await writeFile(path, content);
}

beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), "srlm-artifacts-")), "store");
  store = await openFileArtifactStore(root);
});

afterEach(async () => {
  await rm(join(root, ".."), { recursive: true, force: true });
});

describe("content", () => {
  it("is stored under its digest, from bytes, a stream or a file, once", async () => {
    const ref = await store.put(bytes("hello"), { mediaType, recordCount: 7 });
    expect(ref).toEqual({
      uri: `artifact://sha256/${sha256Hex("hello")}`,
      sha256: sha256Hex("hello"),
      mediaType,
      sizeBytes: 5,
      recordCount: 7,
    });
    const file = join(root, "..", "file");
    await writeFile(file, "hello");
    const again = [
      await store.put(streamOf("he", "llo"), { mediaType, recordCount: 7 }),
      await store.putFile(file, { mediaType, recordCount: 7 }),
    ];
    expect(again).toEqual([ref, ref]);
    expect(text(await store.bytes(ref))).toBe("hello");
    expect(await collect(store.stream(ref))).toBe("hello");
    expect(await collect(store.stream(ref))).toBe("hello");
    expect(await readFile(await store.localPath(ref), "utf8")).toBe("hello");
    expect((await lstat(blobPath(ref))).mode & 0o222).toBe(0);
    expect(await readdir(join(root, "tmp"))).toEqual([]);
  });

  it("of several chunks and of none survives", async () => {
    const big = new Uint8Array(3 * 1024 * 1024 + 17).map((_, i) => (i * 31) % 251);
    const ref = await store.put(big, { mediaType });
    expect(Buffer.compare(await store.bytes(ref), big)).toBe(0);
    expect(sha256Hex(Buffer.from(await collectBytes(store.stream(ref))))).toBe(ref.sha256);
    const empty = await store.put(streamOf(), { mediaType });
    expect([empty.sizeBytes, (await store.bytes(empty)).length]).toEqual([0, 0]);
  });

  it("put by many at once is one file", async () => {
    const other = await openFileArtifactStore(root);
    const refs = await Promise.all(
      Array.from({ length: 12 }, (_, i) => (i % 2 ? store : other).put(streamOf("same ", "content"), { mediaType })),
    );
    expect(new Set(refs.map((ref) => ref.sha256)).size).toBe(1);
    expect(text(await store.bytes(refs[0] as ArtifactRef))).toBe("same content");
    expect(await readdir(join(root, "blobs"))).toHaveLength(1);
    expect(await readdir(join(root, "tmp"))).toEqual([]);
  });

  it("whose writing fails or is aborted leaves nothing", async () => {
    await expect(store.put(streamOf("a", new Error("disk gone")), { mediaType })).rejects.toThrow("disk gone");
    const abort = new AbortController();
    const content = async function* () {
      yield bytes("a");
      abort.abort(new Error("cancelled"));
      yield bytes("b");
    };
    await expect(store.put(content(), { mediaType, signal: abort.signal })).rejects.toThrow("cancelled");
    expect(await readdir(root)).toEqual(["tmp"]);
    expect(await readdir(join(root, "tmp"))).toEqual([]);
  });

  it("whose writer was killed does not count, and its remains go after a day", async () => {
    const module = new URL("./file-artifact-store.ts", import.meta.url).pathname;
    const script = `
      import { runnerImport } from "vite";
      const { module } = await runnerImport(${JSON.stringify(module)}, { logLevel: "error", configFile: false });
      const store = await module.openFileArtifactStore(${JSON.stringify(root)});
      async function* content() { yield Buffer.from("half"); console.log("written"); await new Promise((r) => setTimeout(r, 60_000)); }
      await store.put(content(), { mediaType: "text/plain" });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    const remains = await readdir(join(root, "tmp"));
    expect(remains).toHaveLength(1);
    expect(await readdir(root)).toEqual(["tmp"]);
    await openFileArtifactStore(root);
    expect(await readdir(join(root, "tmp"))).toEqual(remains);
    const before = new Date(Date.now() - 25 * 3600 * 1000);
    await utimes(join(root, "tmp", remains[0] as string), before, before);
    await openFileArtifactStore(root);
    expect(await readdir(join(root, "tmp"))).toEqual([]);
  });

  it("that was changed is found out, named, and repaired by putting it again", async () => {
    const ref = await store.put(bytes("original"), { mediaType });
    expect(text(await store.bytes(ref))).toBe("original");
    await tamper(blobPath(ref), "0riginal");
    for (const each of [store, await openFileArtifactStore(root)]) {
      await expect(each.bytes(ref)).rejects.toEqual(refuse("ARTIFACT_DIGEST_MISMATCH"));
      await expect(each.bytes(ref)).rejects.toThrow(ref.uri);
      await expect(collect(each.stream(ref))).rejects.toEqual(refuse("ARTIFACT_DIGEST_MISMATCH"));
      await expect(each.localPath(ref)).rejects.toEqual(refuse("ARTIFACT_DIGEST_MISMATCH"));
    }
    await store.put(bytes("original"), { mediaType });
    expect(text(await store.bytes(ref))).toBe("original");
    await tamper(blobPath(ref), "origina1");
    await store.put(streamOf("orig", "inal"), { mediaType });
    expect(text(await store.bytes(ref))).toBe("original");
  });

  it("that is missing, too large for memory, or named wrongly is refused by name", async () => {
    const ref = await store.put(bytes("hello"), { mediaType });
    expect(await store.has(ref)).toBe(true);
    const sha256 = "0".repeat(64);
    const missing = { ...ref, sha256, uri: `artifact://sha256/${sha256}` };
    expect(await store.has(missing)).toBe(false);
    await expect(store.bytes(missing)).rejects.toEqual(refuse("ARTIFACT_NOT_FOUND"));
    await expect(store.bytes(ref, { maxBytes: 4 })).rejects.toEqual(refuse("ARTIFACT_TOO_LARGE"));
    const crooked: Partial<ArtifactRef>[] = [
      { sha256: "../../../etc/passwd" },
      { sha256: ref.sha256.toUpperCase() },
      { sha256: `${ref.sha256}\n` },
      { uri: "file:///etc/passwd" },
      { uri: missing.uri },
      { uri: `${ref.uri}/../x` },
    ];
    for (const part of crooked) {
      await expect(store.bytes({ ...ref, ...part })).rejects.toEqual(refuse("ARTIFACT_REF_INVALID"));
      expect(() => store.stream({ ...ref, ...part })).toThrow(refuse("ARTIFACT_REF_INVALID"));
      await expect(store.localPath({ ...ref, ...part })).rejects.toEqual(refuse("ARTIFACT_REF_INVALID"));
      await expect(store.has({ ...ref, ...part })).rejects.toEqual(refuse("ARTIFACT_REF_INVALID"));
    }
  });

  it("is not read or written through links", async () => {
    const outside = join(root, "..", "outside");
    await mkdir(outside);
    await writeFile(join(outside, "secret"), "secret");
    const ref = await store.put(bytes("secret"), { mediaType });
    await rm(blobPath(ref));
    await symlink(join(outside, "secret"), blobPath(ref));
    await expect(store.bytes(ref)).rejects.toEqual(refuse("ARTIFACT_UNSAFE_PATH"));
    await rm(join(root, "blobs"), { recursive: true });
    await symlink(outside, join(root, "blobs"));
    await expect(store.put(bytes("other"), { mediaType })).rejects.toEqual(refuse("ARTIFACT_UNSAFE_PATH"));
    expect(await readFile(join(outside, "secret"), "utf8")).toBe("secret");
    await symlink(join(outside, "secret"), join(root, "..", "link"));
    await expect(store.putFile(join(root, "..", "link"), { mediaType })).rejects.toEqual(
      refuse("ARTIFACT_UNSAFE_PATH"),
    );
    await expect(store.putFile(outside, { mediaType })).rejects.toEqual(refuse("ARTIFACT_UNSAFE_PATH"));
    await expect(store.putFile(join(outside, "none"), { mediaType })).rejects.toEqual(refuse("FILE_NOT_FOUND"));
    await expect(store.putFile("/dev/null", { mediaType })).rejects.toEqual(refuse("ARTIFACT_UNSAFE_PATH"));
  });
});

async function collectBytes(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("directories", () => {
  const files = { "config.json": "{}", "model.safetensors": "weights", "sub/tokenizer.json": "{}" };
  let source: string;

  beforeEach(async () => {
    source = join(root, "..", "model");
    await mkdir(join(source, "sub"), { recursive: true });
    for (const [path, content] of Object.entries(files)) await writeFile(join(source, path), content);
  });

  async function contents(directory: string): Promise<Record<string, string>> {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return Object.fromEntries(
      await Promise.all(found.map(async (path) => [path.slice(directory.length + 1), await readFile(path, "utf8")])),
    ) as Record<string, string>;
  }

  it("go in and come out the same, with a digest that depends on names and contents alone", async () => {
    const ref = await store.putDirectory(source);
    expect(ref).toMatchObject({ mediaType: "application/vnd.srlm.directory+json", sizeBytes: 11, recordCount: 3 });
    const path = await store.materialize(ref);
    expect(await contents(path)).toEqual(files);
    expect(await store.materialize(ref)).toBe(path);
    expect(await (await openFileArtifactStore(root)).materialize(ref)).toBe(path);
    const moved = join(root, "..", "moved");
    await rename(source, moved);
    await utimes(join(moved, "config.json"), new Date(0), new Date(0));
    expect(await store.putDirectory(moved)).toEqual(ref);
    expect(await store.putDirectory(path)).toEqual(ref);
    const listed = await store.listDirectory(ref);
    expect([...listed.keys()]).toEqual(Object.keys(files));
    expect(text(await store.bytes(listed.get("model.safetensors") as ArtifactRef))).toBe("weights");
    await writeFile(join(moved, "config.json"), "[]");
    expect((await store.putDirectory(moved)).sha256).not.toBe(ref.sha256);
  });

  it("share the bytes of the store instead of copying them", async () => {
    const ref = await store.putDirectory(source);
    const path = await store.materialize(ref);
    const blob = (await store.listDirectory(ref)).get("model.safetensors") as ArtifactRef;
    expect((await stat(join(path, "model.safetensors"))).ino).toBe((await stat(blobPath(blob))).ino);
  });

  it("are built once by many at the same time", async () => {
    const ref = await store.putDirectory(source);
    const stores = await Promise.all(Array.from({ length: 6 }, () => openFileArtifactStore(root)));
    const paths = await Promise.all(stores.map((each) => each.materialize(ref)));
    expect(new Set(paths).size).toBe(1);
    expect(await contents(paths[0] as string)).toEqual(files);
    expect(await readdir(join(root, "tmp"))).toEqual([]);
  });

  it("that somebody changed are laid out anew by the next process", async () => {
    const ref = await store.putDirectory(source);
    const path = await store.materialize(ref);
    await writeFile(join(path, "extra.py"), "import os");
    await rm(join(path, "config.json"));
    await writeFile(join(path, "config.json"), "tampered");
    const fresh = await openFileArtifactStore(root);
    expect(await contents(await fresh.materialize(ref))).toEqual(files);
    await rm(path, { recursive: true });
    await symlink(source, path);
    expect(await contents(await (await openFileArtifactStore(root)).materialize(ref))).toEqual(files);
    expect((await lstat(path)).isSymbolicLink()).toBe(false);
  });

  it("with a damaged file are refused by its name", async () => {
    const ref = await store.putDirectory(source);
    const blob = (await store.listDirectory(ref)).get("model.safetensors") as ArtifactRef;
    await tamper(blobPath(blob), "we1ghts");
    const fresh = await openFileArtifactStore(root);
    await expect(fresh.materialize(ref)).rejects.toThrow(blob.uri);
    await expect(fresh.materialize(ref)).rejects.toEqual(refuse("ARTIFACT_DIGEST_MISMATCH"));
    expect(await readdir(join(root, "tmp"))).toEqual([]);
  });

  it("with links are refused, or followed to files where that is asked for", async () => {
    await symlink("/etc/hostname", join(source, "link"));
    await expect(store.putDirectory(source)).rejects.toEqual(refuse("ARTIFACT_UNSAFE_PATH"));
    await expect(store.putDirectory(source)).rejects.toThrow(join(source, "link"));
    await rm(join(source, "link"));
    await writeFile(join(root, "..", "shared-blob"), "linked");
    await symlink("../shared-blob", join(source, "link"));
    const ref = await store.putDirectory(source, { followLinks: true });
    expect(await contents(await store.materialize(ref))).toEqual({ ...files, link: "linked" });
    await symlink("..", join(source, "folder"));
    await expect(store.putDirectory(source, { followLinks: true })).rejects.toEqual(refuse("ARTIFACT_UNSAFE_PATH"));
  });

  it("that could not be laid out elsewhere, or are none, are refused", async () => {
    await writeFile(join(source, "Config.json"), "");
    await expect(store.putDirectory(source)).rejects.toThrow("where case does not count");
    await expect(store.putDirectory(join(source, "none"))).rejects.toEqual(refuse("FILE_NOT_FOUND"));
    await expect(store.putDirectory(join(source, "config.json"))).rejects.toEqual(refuse("FILE_NOT_FOUND"));
    const file = await store.put(bytes("x"), { mediaType });
    await expect(store.materialize(file)).rejects.toEqual(refuse("DIRECTORY_LISTING_INVALID"));
    const directoryType = { mediaType: "application/vnd.srlm.directory+json" };
    const noListing = await store.put(bytes("x"), directoryType);
    await expect(store.materialize(noListing)).rejects.toEqual(refuse("DIRECTORY_LISTING_INVALID"));
    const listing = writeListing([{ path: "a/b", sha256: file.sha256, size_bytes: 1 }]).replace("a/b", "../b");
    const escaping = await store.put(bytes(listing), directoryType);
    await expect(store.materialize(escaping)).rejects.toEqual(refuse("ARTIFACT_UNSAFE_PATH"));
    expect(await readdir(root)).not.toContain("b");
  });
});

describe("manifests", () => {
  const manifestOf = (ref: ArtifactRef, producer: string, inputs: Record<string, string> = {}) => {
    const { sha256, sizeBytes, recordCount } = ref;
    return { sha256, kind: "test", mediaType, sizeBytes, recordCount, producer, inputs, parameters: { seed: 1 } };
  };

  it("tell how an artifact came to be, each once, and lead to what it was made from", async () => {
    const model = await store.put(bytes("model"), { mediaType });
    const answers = await store.put(bytes("answers"), { mediaType });
    const manifest = manifestOf(answers, "jobs/a", { model: model.sha256 });
    await store.putManifest(manifest);
    await store.putManifest({ ...manifest });
    await store.putManifest(manifestOf(answers, "jobs/b", { model: model.sha256 }));
    const fresh = await openFileArtifactStore(root);
    const found = await fresh.manifests(answers);
    expect(found.map((each) => each.producer).sort((a, b) => a.localeCompare(b))).toEqual(["jobs/a", "jobs/b"]);
    expect(found).toContainEqual(manifest);
    expect(await fresh.manifests(model)).toEqual([]);
    expect((await fresh.lineage(answers)).map((node) => [node.sha256, node.depth])).toEqual([
      [answers.sha256, 0],
      [model.sha256, 1],
    ]);
  });

  it("that are broken are refused", async () => {
    const ref = await store.put(bytes("x"), { mediaType });
    await expect(store.putManifest(manifestOf(ref, ""))).rejects.toEqual(refuse("ARTIFACT_MANIFEST_INVALID"));
    await expect(store.putManifest(manifestOf(ref, "j", { model: "../x" }))).rejects.toThrow("inputs.model");
    await expect(store.manifests({ sha256: "../x" })).rejects.toEqual(refuse("ARTIFACT_REF_INVALID"));
    await store.putManifest(manifestOf(ref, "jobs/a"));
    const folder = join(root, "manifests", ref.sha256.slice(0, 2), ref.sha256);
    const [name] = (await readdir(folder)) as [string];
    await tamper(join(folder, name), (await readFile(join(folder, name), "utf8")).replace("jobs/a", "jobs/b"));
    await expect(store.manifests(ref)).rejects.toEqual(refuse("ARTIFACT_MANIFEST_INVALID"));
  });
});
