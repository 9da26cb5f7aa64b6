import { z } from "zod";
import { ArtifactError } from "./artifact-error.ts";
import { canonicalJson } from "./canonical-json.ts";

/** A file of a directory artifact. */
export interface ListedFile {
  /** Relative, with `/` between names. */
  readonly path: string;
  readonly sha256: string;
  readonly size_bytes: number;
}

const listingSchema = z.strictObject({
  format: z.literal("srlm.directory.v1"),
  files: z.array(
    z.strictObject({
      path: z.string(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      size_bytes: z.int().nonnegative(),
    }),
  ),
});

/** The usual limits of file systems: NAME_MAX, and a quarter of Linux's PATH_MAX, so that a root fits before it. */
const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 1024;

/** In a file name they fool terminals and logs. */
const CONTROL = /\p{Cc}/u;

function unsafe(path: string, why: string): ArtifactError {
  const shown = JSON.stringify(path);
  return new ArtifactError("ARTIFACT_UNSAFE_PATH", `file name ${shown} ${why}`, { field: "path", value: path });
}

function assertRelativePath(path: string): void {
  if (path.startsWith("/")) throw unsafe(path, "is absolute: it must be relative to the directory");
  if (CONTROL.test(path)) throw unsafe(path, "holds a control character");
  if (path.includes("\\")) throw unsafe(path, "holds a backslash, which separates names on some systems");
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw unsafe(path, `has more than ${MAX_PATH_BYTES} bytes`);
  for (const name of path.split("/")) {
    if (name === "" || name === "." || name === "..") throw unsafe(path, "must not hold empty names, . or ..");
    if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw unsafe(path, `holds a name of over ${MAX_NAME_BYTES} bytes`);
  }
}

/** What a file system that ignores case and Unicode form would take for the same name. */
const folded = (path: string) => path.normalize("NFC").toLowerCase();

/**
 * Refuses (ARTIFACT_UNSAFE_PATH) sets of paths that could leave the directory or could not be laid out on every file
 * system: absolute paths, `..`, control characters, names that differ in case only, a file where another needs a folder.
 */
export function assertLayout(paths: readonly string[]): void {
  const files = new Map<string, string>();
  const folders = new Map<string, string>();
  for (const path of paths) {
    assertRelativePath(path);
    const other = files.get(folded(path));
    if (other !== undefined) throw unsafe(path, `is the same as ${JSON.stringify(other)} where case does not count`);
    files.set(folded(path), path);
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const folder = path.slice(0, slash);
      const known = folders.get(folded(folder));
      if (known !== undefined && known !== folder) {
        throw unsafe(path, `needs a folder that is the same as ${JSON.stringify(known)} where case does not count`);
      }
      folders.set(folded(folder), folder);
    }
  }
  for (const [name, path] of files) {
    if (folders.has(name)) throw unsafe(path, "is a file, and other files lie below it");
  }
}

const byPath = (a: ListedFile, b: ListedFile) => (a.path < b.path ? -1 : 1);

/** The canonical JSON that is a directory artifact's content. */
export function writeListing(files: readonly ListedFile[]): string {
  assertLayout(files.map((file) => file.path));
  return canonicalJson({ format: "srlm.directory.v1", files: [...files].sort(byPath) });
}

/** Reads back what `writeListing` wrote; anything else is DIRECTORY_LISTING_INVALID, or ARTIFACT_UNSAFE_PATH. */
export function readListing(text: string, name: string): ListedFile[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ArtifactError("DIRECTORY_LISTING_INVALID", `${name} is no directory: its content is not JSON`, { cause });
  }
  const parsed = listingSchema.safeParse(json);
  if (!parsed.success) {
    const details = z.prettifyError(parsed.error);
    throw new ArtifactError("DIRECTORY_LISTING_INVALID", `${name} is no directory listing: ${details}`);
  }
  assertLayout(parsed.data.files.map((file) => file.path));
  return parsed.data.files;
}
