import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

/** Who holds a store. */
export interface Owner {
  readonly pid: number;
  /** Tells a process from a later one with the same pid; undefined where the system does not say. */
  readonly startedAt: string | undefined;
  /** Tells openings of one process apart. */
  readonly token: string;
}

/** Openings of this process, for systems that do not tell when a process started. */
const heldHere = new Set<string>();

/** Start of a process in clock ticks since boot: field 22 of /proc/<pid>/stat; the name before it may hold spaces. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

export function newOwner(): Owner {
  const owner = { pid: process.pid, startedAt: startOf(process.pid), token: randomUUID() };
  heldHere.add(owner.token);
  return owner;
}

export function forgetOwner(owner: Owner): void {
  heldHere.delete(owner.token);
}

/**
 * False when the process that wrote the record is gone, also when another process has its pid by now. Processes in
 * different pid namespaces (two containers) cannot see each other: a store belongs to one of them.
 */
export function isAlive(owner: Owner): boolean {
  if (owner.startedAt === undefined) {
    return owner.pid === process.pid ? heldHere.has(owner.token) : exists(owner.pid);
  }
  return exists(owner.pid) && startOf(owner.pid) === owner.startedAt;
}
