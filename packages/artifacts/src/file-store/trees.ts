import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { chmod, copyFile, link, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ListedFile } from "../directory-listing.ts";
import { assertNoLinkTo, makeFolder, type TemporaryFolder } from "./atomic-file.ts";
import type { Blobs } from "./blobs.ts";
import { listSourceDirectory, readSourceFile } from "./source-directory.ts";

/** A link between file systems, one too many, or on a file system that has none: copy instead. */
const LINK_REFUSED = new Set(["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "EACCES"]);

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!LINK_REFUSED.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(to, 0o444);
  }
}

async function digestOfFile(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of readSourceFile(path, false, signal)) hash.update(chunk);
  return hash.digest("hex");
}

/** Directory artifacts laid out as directories, `<folder>/<digest of the listing>`. */
export class Trees {
  readonly #folder: string;
  readonly #temporary: TemporaryFolder;
  readonly #blobs: Blobs;
  /** Trees that this process built or has checked file by file. */
  readonly #checked = new Set<string>();

  constructor(folder: string, temporary: TemporaryFolder, blobs: Blobs) {
    this.#folder = folder;
    this.#temporary = temporary;
    this.#blobs = blobs;
  }

  async materialize(sha256: string, files: readonly ListedFile[], signal: AbortSignal | undefined): Promise<string> {
    const path = join(this.#folder, sha256);
    if (this.#checked.has(sha256) || (await this.#isIntact(path, files, signal))) {
      this.#checked.add(sha256);
      return path;
    }
    const building = this.#temporary.newPath();
    try {
      await this.#build(building, files, signal);
      await this.#publish(building, path, files, signal);
    } finally {
      await rm(building, { recursive: true, force: true });
    }
    this.#checked.add(sha256);
    return path;
  }

  async #build(directory: string, files: readonly ListedFile[], signal: AbortSignal | undefined): Promise<void> {
    await mkdir(directory);
    for (const file of files) {
      await (await this.#blobs.open(file.sha256, signal)).close();
      const path = join(directory, file.path);
      await mkdir(dirname(path), { recursive: true });
      await linkOrCopy(this.#blobs.path(file.sha256), path);
    }
  }

  async #publish(
    building: string,
    path: string,
    files: readonly ListedFile[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    await makeFolder(this.#folder);
    for (;;) {
      try {
        return await rename(building, path);
      } catch (error) {
        // A folder is never renamed over: another process was quicker, or what is there is damaged.
        if (!["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      }
      if (await this.#isIntact(path, files, signal)) return;
      const damaged = this.#temporary.newPath();
      await rename(path, damaged);
      await rm(damaged, { recursive: true, force: true });
    }
  }

  /** Exactly the listed files, each with the listed content, and no links. */
  async #isIntact(path: string, files: readonly ListedFile[], signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await assertNoLinkTo(path);
      const found = new Set(await listSourceDirectory(path, false));
      if (found.size !== files.length) return false;
      for (const file of files) {
        if (!found.has(file.path)) return false;
        if ((await digestOfFile(join(path, file.path), signal)) !== file.sha256) return false;
      }
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      const { code, reason } = error as { code?: string; reason?: string };
      if (code === "ENOENT" || reason === "FILE_NOT_FOUND" || reason === "ARTIFACT_UNSAFE_PATH") return false;
      throw error;
    }
  }
}
