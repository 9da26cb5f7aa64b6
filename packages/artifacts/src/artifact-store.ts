import type { ArtifactManifest, LineageNode } from "./artifact-manifest.ts";
import type { ArtifactRef } from "./artifact-ref.ts";

export interface StoreOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface PutOptions extends StoreOptions {
  readonly mediaType: string;
  /** Default 0: not a dataset. */
  readonly recordCount?: number;
}

export interface PutDirectoryOptions extends StoreOptions {
  /** Read links to files as the files they name, as in the snapshot folders of a Hugging Face cache. Default false. */
  readonly followLinks?: boolean;
}

/**
 * Immutable content under its sha256.
 *
 * Writing the same content twice, at the same time or not, gives the same digest and one copy. A write that is cut
 * off leaves nothing that a reader can see. No method takes a path from a reference: only its digest, checked to be
 * 64 hexadecimal digits, names a place in the store.
 *
 * Content is verified against its digest before the first byte is handed out, once per process for each stored file
 * (again when its size, inode or modification time changed).
 *
 * Errors of all reading methods: {@link ArtifactError} ARTIFACT_REF_INVALID; ARTIFACT_NOT_FOUND;
 * ARTIFACT_DIGEST_MISMATCH naming the artifact; ARTIFACT_UNSAFE_PATH where a link stands in the content's place.
 * An aborted call rejects with the signal's reason.
 */
export interface ArtifactStore {
  /** Stores bytes or a stream of bytes. Durable when it resolves. */
  put(content: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<ArtifactRef>;

  /** Stores a copy of a regular file. FILE_NOT_FOUND; ARTIFACT_UNSAFE_PATH for anything but a file. */
  putFile(path: string, options: PutOptions): Promise<ArtifactRef>;

  /** Whether the content is there; it is not read. */
  has(ref: ArtifactRef): Promise<boolean>;

  /** Whole content. ARTIFACT_TOO_LARGE above `maxBytes` (default 256 MiB: what belongs in memory at once). */
  bytes(ref: ArtifactRef, options?: StoreOptions & { readonly maxBytes?: number }): Promise<Uint8Array>;

  /** Content in chunks. */
  stream(ref: ArtifactRef, options?: StoreOptions): AsyncIterable<Uint8Array>;

  /** A local file with the content, to be read only. */
  localPath(ref: ArtifactRef, options?: StoreOptions): Promise<string>;

  /**
   * Stores all files below `directory`. The reference names the listing of relative paths, digests and sizes, so
   * directories of equal content have equal digests; empty folders do not count. ARTIFACT_UNSAFE_PATH for links,
   * special files, and names that could not be laid out elsewhere (see `assertLayout`); FILE_NOT_FOUND.
   */
  putDirectory(directory: string, options?: PutDirectoryOptions): Promise<ArtifactRef>;

  /**
   * A local directory with the files of a directory artifact, every one verified, to be read only. The same path
   * for the same reference. DIRECTORY_LISTING_INVALID where the reference names no directory.
   */
  materialize(ref: ArtifactRef, options?: StoreOptions): Promise<string>;

  /** Files of a directory artifact by relative path, each with a reference of its own. */
  listDirectory(ref: ArtifactRef, options?: StoreOptions): Promise<Map<string, ArtifactRef>>;

  /** Says how an artifact came to be. The same manifest twice is one; equal content made by two jobs has two. */
  putManifest(manifest: ArtifactManifest, options?: StoreOptions): Promise<void>;

  /** All manifests of the artifact, in a fixed order; empty for content that only was imported. */
  manifests(ref: { readonly sha256: string }, options?: StoreOptions): Promise<ArtifactManifest[]>;

  /** The artifact and everything that it was made from, nearest first, each once. */
  lineage(ref: { readonly sha256: string }, options?: StoreOptions): Promise<LineageNode[]>;
}
