import { mkdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { ArtifactError } from "../artifact-error.ts";
import type { ArtifactManifest, LineageNode } from "../artifact-manifest.ts";
import { type ArtifactRef, artifactUri, assertSha256, DIRECTORY_MEDIA_TYPE, digestOf } from "../artifact-ref.ts";
import type { ArtifactStore, PutDirectoryOptions, PutOptions, StoreOptions } from "../artifact-store.ts";
import { assertLayout, type ListedFile, readListing, writeListing } from "../directory-listing.ts";
import { walkLineage } from "../lineage.ts";
import { TemporaryFolder } from "./atomic-file.ts";
import { Blobs } from "./blobs.ts";
import { Manifests } from "./manifests.ts";
import { listSourceDirectory, readSourceFile } from "./source-directory.ts";
import { Trees } from "./trees.ts";

/** More than any dataset of text that this product reads whole; models are read by path, not into memory. */
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

/** Of one file of a directory: what it holds is the directory's business. */
const FILE_MEDIA_TYPE = "application/octet-stream";

/**
 * Artifacts in a folder that any number of processes on one machine may use at once.
 *
 * Layout: `blobs/` content, `manifests/` their making, `trees/` directories laid out, `tmp/` writes under way.
 */
class FileArtifactStore implements ArtifactStore {
  readonly #blobs: Blobs;
  readonly #trees: Trees;
  readonly #manifests: Manifests;

  constructor(root: string, temporary: TemporaryFolder) {
    this.#blobs = new Blobs(join(root, "blobs"), temporary);
    this.#trees = new Trees(join(root, "trees"), temporary, this.#blobs);
    this.#manifests = new Manifests(join(root, "manifests"), temporary);
  }

  async put(content: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<ArtifactRef> {
    const { sha256, sizeBytes } = await this.#blobs.put(content, options.signal);
    const { mediaType, recordCount = 0 } = options;
    return { uri: artifactUri(sha256), sha256, mediaType, sizeBytes, recordCount };
  }

  async putFile(path: string, options: PutOptions): Promise<ArtifactRef> {
    return this.put(readSourceFile(path, false, options.signal), options);
  }

  async has(ref: ArtifactRef): Promise<boolean> {
    return stat(this.#blobs.path(digestOf(ref))).then(
      (stats) => stats.isFile(),
      () => false,
    );
  }

  async bytes(ref: ArtifactRef, options?: StoreOptions & { readonly maxBytes?: number }): Promise<Uint8Array> {
    const maxBytes = options?.maxBytes ?? DEFAULT_MAX_BYTES;
    const handle = await this.#blobs.open(digestOf(ref), options?.signal);
    try {
      const { size } = await handle.stat();
      if (size > maxBytes) {
        throw new ArtifactError(
          "ARTIFACT_TOO_LARGE",
          `${ref.uri} has ${size} bytes, more than ${maxBytes} at once: read it as a stream`,
          { field: "artifact.sizeBytes", value: String(size) },
        );
      }
      const bytes = new Uint8Array(size);
      for (let filled = 0; filled < size; ) {
        const { bytesRead } = await handle.read(bytes, filled, size - filled, filled);
        if (bytesRead === 0) throw new ArtifactError("ARTIFACT_DIGEST_MISMATCH", `${ref.uri} was cut while being read`);
        filled += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  }

  stream(ref: ArtifactRef, options?: StoreOptions): AsyncIterable<Uint8Array> {
    return this.#blobs.stream(digestOf(ref), options?.signal);
  }

  async localPath(ref: ArtifactRef, options?: StoreOptions): Promise<string> {
    const sha256 = digestOf(ref);
    await (await this.#blobs.open(sha256, options?.signal)).close();
    return this.#blobs.path(sha256);
  }

  async putDirectory(directory: string, options: PutDirectoryOptions = {}): Promise<ArtifactRef> {
    const { followLinks = false, signal } = options;
    const paths = await listSourceDirectory(directory, followLinks);
    // Before the first byte is copied: what cannot be laid out again is not worth storing.
    assertLayout(paths);
    const files: ListedFile[] = [];
    for (const path of paths) {
      const blob = await this.#blobs.put(readSourceFile(join(directory, path), followLinks, signal), signal);
      files.push({ path, sha256: blob.sha256, size_bytes: blob.sizeBytes });
    }
    const listing = await this.#blobs.put(Buffer.from(writeListing(files)), signal);
    return {
      uri: artifactUri(listing.sha256),
      sha256: listing.sha256,
      mediaType: DIRECTORY_MEDIA_TYPE,
      sizeBytes: files.reduce((total, file) => total + file.size_bytes, 0),
      recordCount: files.length,
    };
  }

  async materialize(ref: ArtifactRef, options?: StoreOptions): Promise<string> {
    return this.#trees.materialize(ref.sha256, await this.#listing(ref, options), options?.signal);
  }

  async listDirectory(ref: ArtifactRef, options?: StoreOptions): Promise<Map<string, ArtifactRef>> {
    const files = await this.#listing(ref, options);
    return new Map(
      files.map(({ path, sha256, size_bytes: sizeBytes }) => [
        path,
        { uri: artifactUri(sha256), sha256, mediaType: FILE_MEDIA_TYPE, sizeBytes, recordCount: 0 },
      ]),
    );
  }

  async putManifest(manifest: ArtifactManifest, options?: StoreOptions): Promise<void> {
    await this.#manifests.put(manifest, options?.signal);
  }

  async manifests(ref: { readonly sha256: string }, options?: StoreOptions): Promise<ArtifactManifest[]> {
    assertSha256(ref.sha256);
    return this.#manifests.read(ref.sha256, options?.signal);
  }

  async lineage(ref: { readonly sha256: string }, options?: StoreOptions): Promise<LineageNode[]> {
    assertSha256(ref.sha256);
    return walkLineage(ref.sha256, (sha256) => this.#manifests.read(sha256, options?.signal));
  }

  async #listing(ref: ArtifactRef, options: StoreOptions | undefined): Promise<ListedFile[]> {
    if (ref.mediaType !== DIRECTORY_MEDIA_TYPE) {
      throw new ArtifactError(
        "DIRECTORY_LISTING_INVALID",
        `${ref.uri} is of type ${JSON.stringify(ref.mediaType)}, a directory is of type ${DIRECTORY_MEDIA_TYPE}`,
        { field: "artifact.mediaType", value: ref.mediaType },
      );
    }
    return readListing(new TextDecoder().decode(await this.bytes(ref, options)), ref.uri);
  }
}

/** Opens the store in `directory`, which is made if need be, and removes what writers left there that died long ago. */
export async function openFileArtifactStore(directory: string): Promise<ArtifactStore> {
  await mkdir(join(directory, "tmp"), { recursive: true });
  const root = await realpath(directory);
  const temporary = new TemporaryFolder(join(root, "tmp"));
  await temporary.removeStale();
  return new FileArtifactStore(root, temporary);
}
