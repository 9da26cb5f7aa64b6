import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ArtifactError } from "../artifact-error.ts";
import { chunksOf } from "./chunks.ts";

/** Opens a file that a user named: FILE_NOT_FOUND, or ARTIFACT_UNSAFE_PATH for anything but a regular file. */
export async function* readSourceFile(
  path: string,
  followLinks: boolean,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (followLinks ? 0 : constants.O_NOFOLLOW);
  const handle = await open(path, flags).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === "ELOOP" ? notAFile(path) : sourceError(cause, path, "file");
  });
  try {
    if (!(await handle.stat()).isFile()) throw notAFile(path);
    yield* chunksOf(handle, signal);
  } finally {
    await handle.close();
  }
}

/** Relative paths of all files below, with `/` between names. Links are listed only where they are to be followed. */
export async function listSourceDirectory(directory: string, followLinks: boolean): Promise<string[]> {
  const found: string[] = [];
  const walk = async (below: string): Promise<void> => {
    const entries = await readdir(join(directory, below), { withFileTypes: true }).catch(
      (cause: NodeJS.ErrnoException) => {
        throw sourceError(cause, directory, "directory");
      },
    );
    for (const entry of entries) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile() || (followLinks && entry.isSymbolicLink())) found.push(path);
      else throw notAFile(join(directory, path));
    }
  };
  await walk("");
  return found;
}

function notAFile(path: string): ArtifactError {
  return new ArtifactError(
    "ARTIFACT_UNSAFE_PATH",
    `${path} is neither a file nor a folder: links and special files are not stored`,
    { field: "path", value: path },
  );
}

function sourceError(cause: NodeJS.ErrnoException, path: string, what: "file" | "directory"): unknown {
  if (cause.code !== "ENOENT" && cause.code !== "ENOTDIR") return cause;
  return new ArtifactError("FILE_NOT_FOUND", `there is no ${what} ${path}`, { field: "path", value: path, cause });
}
