import { unlink } from "node:fs/promises";
import { createConnection } from "node:net";
import { failedPrecondition, invalidArgument } from "../errors/errors.ts";

/** sockaddr_un holds 108 bytes on Linux and 104 elsewhere, the last one a zero. */
const MAX_SOCKET_PATH_BYTES = 103;

const UNIX = /^unix:(?:\/\/)?(.+)$/;
const HOST_PORT = /^(.+):(\d{1,5})$/;

function connects(path: string): Promise<NodeJS.ErrnoException | "answers"> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve("answers");
    });
    socket.once("error", resolve);
  });
}

/**
 * Checks an address to listen on, and removes the socket that a killed process left there: one that refuses
 * connections has no owner any more.
 *
 * Errors: INVALID_ARGUMENT (LISTEN_ADDRESS_INVALID); FAILED_PRECONDITION (ADDRESS_IN_USE) where somebody answers.
 */
export async function prepareListen(listen: string): Promise<void> {
  const path = UNIX.exec(listen)?.[1];
  if (path === undefined) {
    const port = Number(HOST_PORT.exec(listen)?.[2] ?? Number.NaN);
    if (port <= 65_535) return;
    const message = `must be host:port or unix:/path, got ${JSON.stringify(listen)}`;
    throw invalidArgument("listen", message, "LISTEN_ADDRESS_INVALID");
  }
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_SOCKET_PATH_BYTES) {
    const message = `must name a socket of at most ${MAX_SOCKET_PATH_BYTES} bytes, got ${bytes}: ${path}`;
    throw invalidArgument("listen", message, "LISTEN_ADDRESS_INVALID");
  }
  const found = await connects(path);
  if (found === "answers") {
    throw failedPrecondition("ADDRESS_IN_USE", `a process answers at ${listen}: stop it, or listen elsewhere`);
  }
  if (found.code === "ECONNREFUSED") await unlink(path);
}

/** The address to connect to, with the port that was bound. */
export function boundAddress(listen: string, port: number): string {
  return UNIX.test(listen) ? listen : `${listen.slice(0, listen.lastIndexOf(":"))}:${port}`;
}
