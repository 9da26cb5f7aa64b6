import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";

/** `sun_path` has 104 bytes on macOS and 108 on Linux, the last one zero. */
const MAX_SOCKET_PATH_BYTES = 103;
const HASH_DIGITS = 16;

/** `state/srlm.sock` of the run; where that is too long for the system, a name of its own in the temporary folder. */
export function socketPath(directory: string, temporary = tmpdir()): string {
  const path = join(resolve(directory), "srlm.sock");
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path;
  const digest = createHash("sha256").update(path).digest("hex").slice(0, HASH_DIGITS);
  return join(temporary, `srlm-${userInfo().uid}`, `${digest}.sock`);
}

/**
 * Where the embedded server of a folder listens: a Unix socket that its user alone can reach; on Windows, whose Node
 * has none, a loopback port. Only the owner of the folder's bus may call this: a socket that is left over goes away.
 */
export function listenAddress(directory: string): string {
  if (process.platform === "win32") return "127.0.0.1:0";
  const path = socketPath(directory);
  const folder = join(path, "..");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (folder !== resolve(directory)) chmodSync(folder, 0o700);
  rmSync(path, { force: true });
  return `unix:${path}`;
}
