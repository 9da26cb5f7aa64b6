/**
 * Host of one engine process. The computation runs in a child, so that a fault in it (out of memory, a fault in native
 * code) costs the requests in flight and nothing else, and so that its memory comes back when it exits.
 *
 *   stopped --request--> starting --ready--> running --keep-alive passes--> stopping --exit--> stopped
 *                            \___ exit: pending requests fail with ENGINE_CRASHED ___/
 *
 * The process is started by the first request and again by the next one after it ended, however it ended.
 */
import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { LanguageModelError } from "../errors.ts";
import { type EngineMessage, fromWireError, type HostMessage, type WireError } from "./engine-messages.ts";

export interface EngineHostOptions {
  /** The compiled JavaScript file to fork; it calls `serveEngine`. */
  readonly entry: URL;
  /** Milliseconds without a request after which the process exits. */
  readonly keepAliveMs?: number;
  /** Milliseconds within which it must report that it is ready. */
  readonly startTimeoutMs?: number;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface EngineRequestOptions {
  /** Abort it to cancel: the promise rejects with CANCELLED at once and the engine stops at its next pause. */
  readonly signal?: AbortSignal | undefined;
  /** Receives what the handler sends on the way, in order, all of it before the promise settles. */
  readonly onProgress?: ((value: never) => void) | undefined;
}

/** Long enough that a loop's next stage finds the engine warm. */
const defaultKeepAliveMs = 300_000;
/** Starting takes about a second; a loaded machine may need many. */
const defaultStartTimeoutMs = 120_000;
/** A process that was asked to end has this long before it is killed. */
const stopTimeoutMs = 2_000;
/** What is kept of a crashed process's last words. */
const stderrTailCharacters = 2_000;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((value: never) => void) | undefined;
}

type State =
  | { readonly kind: "stopped" }
  | { readonly kind: "live"; readonly engine: LiveEngine }
  | { readonly kind: "closed" };

/** One child process with its requests. */
interface LiveEngine {
  readonly child: ChildProcess;
  readonly pending: Map<number, Pending>;
  readonly exited: Promise<string>;
  readonly startTimer: NodeJS.Timeout;
  idleTimer?: NodeJS.Timeout | undefined;
  startError?: WireError | undefined;
  stderrTail: string;
}

export class EngineHost {
  private readonly options: EngineHostOptions;
  private state: State = { kind: "stopped" };
  private nextId = 1;
  private readonly dying = new Set<LiveEngine>();

  constructor(options: EngineHostOptions) {
    this.options = options;
  }

  /** Process id while a process lives; for reports and tests. */
  get pid(): number | undefined {
    return this.state.kind === "live" ? this.state.engine.child.pid : undefined;
  }

  /** Requests without an answer yet. */
  get load(): number {
    return this.state.kind === "live" ? this.state.engine.pending.size : 0;
  }

  /**
   * Runs `method` in the engine and resolves with what its handler returns. Rejects with the handler's error, or with
   * ENGINE_CRASHED if the process ends on the way (the next request starts a new one), CANCELLED, ENGINE_CLOSED.
   */
  request<Result>(method: string, params: unknown, options: EngineRequestOptions = {}): Promise<Result> {
    const { signal, onProgress } = options;
    return new Promise<Result>((resolve, reject) => {
      if (this.state.kind === "closed") return reject(closedError());
      if (signal?.aborted) return reject(cancelledError());
      const engine = this.ensureStarted();
      const id = this.nextId++;
      const onAbort = () => {
        if (!engine.pending.delete(id)) return;
        post(engine, { kind: "cancel", id });
        reject(cancelledError());
        this.watchIdle(engine);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const settle = () => signal?.removeEventListener("abort", onAbort);
      engine.pending.set(id, {
        resolve: (value) => (settle(), resolve(value as Result)),
        reject: (error) => (settle(), reject(error)),
        onProgress,
      });
      this.watchIdle(engine);
      post(engine, { kind: "request", id, method, params });
    });
  }

  /** Ends the process; requests in flight fail with ENGINE_CLOSED, as do later ones. Resolves when it has exited. */
  async close(): Promise<void> {
    if (this.state.kind === "live") this.stop(this.state.engine, closedError());
    this.state = { kind: "closed" };
    await Promise.all([...this.dying].map(({ exited }) => exited));
  }

  private ensureStarted(): LiveEngine {
    // A process that died a moment ago has no channel; its exit, on the way, fails its own requests.
    if (this.state.kind === "live" && this.state.engine.child.connected) return this.state.engine;
    const { entry, env, startTimeoutMs = defaultStartTimeoutMs } = this.options;
    const child = fork(fileURLToPath(entry), [], {
      serialization: "advanced",
      execArgv: [], // the parent's own flags (a test runner's loader, a debugger's port) are not the engine's
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const exited = ended(child);
    const startTimer = setTimeout(() => {
      engine.stderrTail += `\nnot ready after ${startTimeoutMs} ms`;
      child.kill("SIGKILL");
    }, startTimeoutMs);
    const engine: LiveEngine = { child, pending: new Map(), exited, startTimer, stderrTail: "" };
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      engine.stderrTail = (engine.stderrTail + text).slice(-stderrTailCharacters);
    });
    child.on("message", (message: EngineMessage) => this.receive(engine, message));
    void exited.then((how) => this.onExit(engine, how));
    this.state = { kind: "live", engine };
    this.dying.add(engine);
    return engine;
  }

  private receive(engine: LiveEngine, message: EngineMessage): void {
    if (message.kind === "ready" || message.kind === "unready") {
      clearTimeout(engine.startTimer);
      if (message.kind === "unready") engine.startError = message.error;
      return;
    }
    const pending = engine.pending.get(message.id);
    if (pending === undefined) return; // cancelled before
    if (message.kind === "progress") {
      pending.onProgress?.(message.value as never);
      return;
    }
    engine.pending.delete(message.id);
    if (message.kind === "result") pending.resolve(message.value);
    else pending.reject(fromWireError(message.error));
    this.watchIdle(engine);
  }

  private onExit(engine: LiveEngine, how: string): void {
    clearTimeout(engine.startTimer);
    clearTimeout(engine.idleTimer);
    this.dying.delete(engine);
    if (this.state.kind === "live" && this.state.engine === engine) this.state = { kind: "stopped" };
    const words = engine.stderrTail.trim();
    const crash = new LanguageModelError(
      "ENGINE_CRASHED",
      `the engine process ended (${how})${words === "" ? "" : `; its last words: ${words}`}. The next request starts it again`,
    );
    this.failAll(engine, engine.startError === undefined ? crash : fromWireError(engine.startError));
  }

  private failAll(engine: LiveEngine, error: Error): void {
    const pending = [...engine.pending.values()];
    engine.pending.clear();
    for (const { reject } of pending) reject(error);
  }

  /** Starts the keep-alive clock where nothing is pending; an idle engine does not keep this process from ending. */
  private watchIdle(engine: LiveEngine): void {
    clearTimeout(engine.idleTimer);
    holdProcess(engine.child, engine.pending.size > 0);
    if (engine.pending.size > 0) return;
    engine.idleTimer = setTimeout(
      () => this.stop(engine, closedError()),
      this.options.keepAliveMs ?? defaultKeepAliveMs,
    );
    engine.idleTimer.unref();
  }

  private stop(engine: LiveEngine, error: Error): void {
    if (this.state.kind === "live" && this.state.engine === engine) this.state = { kind: "stopped" };
    clearTimeout(engine.idleTimer);
    this.failAll(engine, error);
    holdProcess(engine.child, true);
    if (engine.child.connected) engine.child.disconnect();
    const killer = setTimeout(() => engine.child.kill("SIGKILL"), stopTimeoutMs);
    void engine.exited.then(() => clearTimeout(killer));
  }
}

/**
 * Resolves with how the process ended, once its last words are in. (Node's own `close` event does not come where this
 * side closed the channel.)
 */
async function ended(child: ChildProcess): Promise<string> {
  const exit = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? `exit status ${code}`));
    child.once("error", (error) => resolve(error.message));
  });
  const words = child.stderr === null ? undefined : finished(child.stderr, { error: false });
  const how = await exit;
  await words;
  return how;
}

/** Whether this process stays alive for the child's sake. */
function holdProcess(child: ChildProcess, hold: boolean): void {
  const method = hold ? "ref" : "unref";
  child[method]();
  child.channel?.[method]();
  (child.stderr as Socket | null)?.[method]();
}

function post(engine: LiveEngine, message: HostMessage): void {
  // A send that fails is a process that is ending: its exit fails what is pending.
  if (engine.child.connected) engine.child.send(message, () => {});
}

function closedError(): LanguageModelError {
  return new LanguageModelError("ENGINE_CLOSED", "the engine was closed");
}

function cancelledError(): LanguageModelError {
  return new LanguageModelError("CANCELLED", "the request was cancelled");
}
