/**
 * The child's side of an engine process: `serveEngine` answers the requests of the `EngineHost` that forked it.
 *
 * One request runs at a time, in order of arrival: an engine is one stream of computation. A handler that computes for
 * long awaits `context.pause()` between its steps, so that a cancellation, or the end of the host, can reach it.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { LanguageModelError } from "../errors.ts";
import { type EngineMessage, type HostMessage, toWireError } from "./engine-messages.ts";

export interface EngineContext {
  /** Aborted when the request is cancelled. */
  readonly signal: AbortSignal;
  /** Sends one piece of a streamed answer, or a report of progress. */
  progress(value: unknown): void;
  /** Lets messages in; throws CANCELLED if the request was cancelled. */
  pause(): Promise<void>;
}

export type EngineHandler = (params: never, context: EngineContext) => unknown;

interface QueuedRequest {
  readonly message: Extract<HostMessage, { kind: "request" }>;
  readonly controller: AbortController;
}

/**
 * Serves `handlers` by name until the host disconnects, which ends the process. `start` runs once before the first
 * request and tests that the engine computes rightly; if it throws, the host's requests fail with its error and the
 * process ends.
 */
export async function serveEngine(
  handlers: Readonly<Record<string, EngineHandler>>,
  start: () => Promise<void> | void = () => {},
): Promise<void> {
  if (process.send === undefined) throw new Error("an engine process is started by EngineHost, not by hand");
  process.on("disconnect", () => process.exit(0));
  // Ctrl-C goes to every process of a terminal: when an engine ends is its host's business.
  process.on("SIGINT", () => {});
  const queue: QueuedRequest[] = [];
  let running: QueuedRequest | undefined;
  const runQueue = async () => {
    for (running = queue.shift(); running !== undefined; running = queue.shift()) await answer(handlers, running);
  };
  let started = false;
  process.on("message", (message: HostMessage) => {
    if (message.kind === "cancel") {
      const request = [running, ...queue].find((candidate) => candidate?.message.id === message.id);
      request?.controller.abort();
      return;
    }
    queue.push({ message, controller: new AbortController() });
    if (started && running === undefined) void runQueue();
  });
  try {
    await start();
    send({ kind: "ready" });
  } catch (error) {
    process.send({ kind: "unready", error: toWireError(error) } satisfies EngineMessage, () => process.exit(1));
    return;
  }
  started = true;
  await runQueue();
}

async function answer(handlers: Readonly<Record<string, EngineHandler>>, request: QueuedRequest): Promise<void> {
  const { message, controller } = request;
  const { id, method } = message;
  const context: EngineContext = {
    signal: controller.signal,
    progress: (value) => send({ kind: "progress", id, value }),
    pause: async () => {
      await nextTurn();
      throwIfCancelled(controller.signal);
    },
  };
  try {
    await context.pause();
    const handler = handlers[method];
    if (handler === undefined) throw new LanguageModelError("ENGINE_FAILED", `the engine has no method "${method}"`);
    send({ kind: "result", id, value: await handler(message.params as never, context) });
  } catch (error) {
    send({ kind: "failure", id, error: toWireError(error) });
  }
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new LanguageModelError("CANCELLED", "the request was cancelled");
}

function send(message: EngineMessage): void {
  // A closed channel means that the host has gone; the disconnect handler ends the process.
  if (process.connected) process.send?.(message);
}
