import { randomUUID } from "node:crypto";
import { chmod, mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ArtifactError } from "../artifact-error.ts";

/** No write takes so long; what is older was left by a process that died. */
const STALE_TEMPORARY_MS = 24 * 3600 * 1000;

/** Stored content is not to be changed; the digest check finds it where somebody did. */
const READ_ONLY = 0o444;

/** Files and folders under construction: on the same file system as the store, so that a rename publishes them. */
export class TemporaryFolder {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  newPath(): string {
    return join(this.#directory, `${process.pid}-${randomUUID()}`);
  }

  async removeStale(now: number = Date.now()): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      const path = join(this.#directory, name);
      const age = await stat(path).then(
        (stats) => now - stats.mtimeMs,
        () => 0,
      );
      if (age > STALE_TEMPORARY_MS) await rm(path, { recursive: true, force: true });
    }
  }

  /** Writes a file whole and to the disk, or not at all. The caller renames or removes it. */
  async write(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, signal?: AbortSignal): Promise<string> {
    const path = this.newPath();
    const file = await open(path, "wx", 0o600);
    try {
      for await (const chunk of content) {
        signal?.throwIfAborted();
        await file.writeFile(chunk);
      }
      signal?.throwIfAborted();
      await file.sync();
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
    await file.close();
    await chmod(path, READ_ONLY);
    return path;
  }
}

/** Makes the folder, durably; ARTIFACT_UNSAFE_PATH when a link on the way leads elsewhere. */
export async function makeFolder(folder: string): Promise<void> {
  const topmost = await mkdir(folder, { recursive: true });
  await assertNoLinkTo(folder);
  if (topmost === undefined) return;
  for (let made = folder; made.length >= topmost.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** `folder` must be spelt from a root without links, as every path of a store is. */
export async function assertNoLinkTo(folder: string): Promise<void> {
  const actual = await realpath(folder);
  if (actual !== folder) {
    throw new ArtifactError("ARTIFACT_UNSAFE_PATH", `${folder} leads to ${actual}: a store holds no links`, {
      field: "path",
      value: folder,
    });
  }
}

/** Renames over whatever is there, and makes the new name durable. */
export async function publish(temporary: string, path: string): Promise<void> {
  await makeFolder(dirname(path));
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
