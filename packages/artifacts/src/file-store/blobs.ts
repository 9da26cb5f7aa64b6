import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ArtifactError } from "../artifact-error.ts";
import { artifactUri } from "../artifact-ref.ts";
import { sha256Hex } from "../digest.ts";
import { assertNoLinkTo, publish, type TemporaryFolder } from "./atomic-file.ts";
import { chunksOf } from "./chunks.ts";

export interface StoredBlob {
  readonly sha256: string;
  readonly sizeBytes: number;
}

async function openRegular(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new ArtifactError("ARTIFACT_UNSAFE_PATH", `${path} is not a regular file`, { field: "path", value: path });
}

/** What changes when a file is replaced or rewritten. Not ctime: that changes with every hard link made to it. */
async function stampOf(handle: FileHandle): Promise<string> {
  const { dev, ino, size, mtimeNs } = await handle.stat({ bigint: true });
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

/** Content by digest in files `<folder>/<first two digits>/<digest>`. */
export class Blobs {
  readonly #folder: string;
  readonly #temporary: TemporaryFolder;
  /** Stamps of files whose content this process has hashed. */
  readonly #verified = new Map<string, string>();

  constructor(folder: string, temporary: TemporaryFolder) {
    this.#folder = folder;
    this.#temporary = temporary;
  }

  /** Place of a digest, which must be checked to be one. */
  path(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }

  async put(content: Uint8Array | AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<StoredBlob> {
    signal?.throwIfAborted();
    if (content instanceof Uint8Array) {
      const known = { sha256: sha256Hex(content), sizeBytes: content.byteLength };
      if (await this.#isIntact(known.sha256, signal)) return known;
    }
    const hash = createHash("sha256");
    let sizeBytes = 0;
    const hashed = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of content instanceof Uint8Array ? [content] : content) {
        hash.update(chunk);
        sizeBytes += chunk.byteLength;
        yield chunk;
      }
    };
    const temporary = await this.#temporary.write(hashed(), signal);
    const sha256 = hash.digest("hex");
    try {
      // An intact copy stays; a damaged one is replaced by these good bytes.
      if (!(await this.#isIntact(sha256, signal))) await publish(temporary, this.path(sha256));
    } finally {
      await rm(temporary, { force: true });
    }
    return { sha256, sizeBytes };
  }

  /** The blob, open for reading, its content verified. The caller closes it. */
  async open(sha256: string, signal: AbortSignal | undefined): Promise<FileHandle> {
    const path = this.path(sha256);
    let handle: FileHandle;
    try {
      await assertNoLinkTo(dirname(path));
      handle = await openRegular(path);
    } catch (error) {
      throw readingError(error, sha256);
    }
    try {
      await this.#verify(handle, sha256, signal);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async *stream(sha256: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const handle = await this.open(sha256, signal);
    try {
      yield* chunksOf(handle, signal);
    } finally {
      await handle.close();
    }
  }

  async #verify(handle: FileHandle, sha256: string, signal: AbortSignal | undefined): Promise<void> {
    const stamp = await stampOf(handle);
    if (this.#verified.get(sha256) === stamp) return;
    const hash = createHash("sha256");
    for await (const chunk of chunksOf(handle, signal)) hash.update(chunk);
    const actual = hash.digest("hex");
    if (actual !== sha256) {
      throw new ArtifactError(
        "ARTIFACT_DIGEST_MISMATCH",
        `the content of ${artifactUri(sha256)} has digest ${actual}: it was changed or damaged; put the original content again to repair it`,
        { field: "artifact.sha256", value: actual },
      );
    }
    this.#verified.set(sha256, stamp);
  }

  async #isIntact(sha256: string, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await (await this.open(sha256, signal)).close();
      return true;
    } catch (error) {
      const { reason } = error as Partial<ArtifactError>;
      if (reason === "ARTIFACT_NOT_FOUND" || reason === "ARTIFACT_DIGEST_MISMATCH") return false;
      throw error;
    }
  }
}

function readingError(error: unknown, sha256: string): unknown {
  const uri = artifactUri(sha256);
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return new ArtifactError("ARTIFACT_NOT_FOUND", `${uri} is not in this store`, {
        field: "artifact.sha256",
        value: sha256,
        cause: error,
      });
    case "ELOOP":
      return new ArtifactError("ARTIFACT_UNSAFE_PATH", `a link stands in the place of ${uri}: remove it`, {
        field: "artifact.sha256",
        value: sha256,
        cause: error,
      });
    default:
      return error;
  }
}
