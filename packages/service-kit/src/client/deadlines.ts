/**
 * Default deadline of a call in milliseconds, by kind of call:
 * - bookkeeping (Start, Get, List, Cancel, Resume) touches a store;
 * - Watch streams last as long as what they watch;
 * - everything else computes on a batch, on a slow backend for minutes. Describe does, too: it may have to load what it
 *   describes, or start an engine and wait for its self-test.
 */
const BOOKKEEPING_MS = 15_000;
const COMPUTING_MS = 10 * 60_000;

const BOOKKEEPING = /\/(Start|Get|List|Cancel|Resume)[A-Z]\w*$/;
const WATCH = /\/Watch(?:[A-Z]\w*)?$/;

/** Whether a method (`/package.Service/Method`) is a stream that ends with what it watches: it needs no deadline. */
export function isWatch(path: string): boolean {
  return WATCH.test(path);
}

export function defaultTimeoutMs(path: string): number {
  if (isWatch(path)) return Infinity;
  return BOOKKEEPING.test(path) ? BOOKKEEPING_MS : COMPUTING_MS;
}
