import type { FileHandle } from "node:fs/promises";

/** Large enough that hashing, not system calls, takes the time. */
const CHUNK_BYTES = 1024 * 1024;

/** Content of an open file from its beginning, whatever was read through the handle before. */
export async function* chunksOf(handle: FileHandle, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; ) {
    signal?.throwIfAborted();
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
