import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";

export interface Interruption {
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** What the process shall end with; undefined while nobody has interrupted it. */
  exitCode(): number | undefined;
  /** Gives the signals back. */
  dispose(): void;
}

/** The first Ctrl-C stops cleanly, the second at once. */
export function listenForInterruption(output: Output): Interruption {
  const controller = new AbortController();
  let code: number | undefined;
  const stop = (exitCode: number) => () => {
    if (code !== undefined) process.exit(exitCode);
    code = exitCode;
    output.err("\nStopping (Ctrl-C again stops at once) ...\n");
    controller.abort();
  };
  const handlers = { SIGINT: stop(EXIT.interrupted), SIGTERM: stop(EXIT.terminated) } as const;
  for (const [name, handler] of Object.entries(handlers)) process.on(name, handler);
  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose() {
      for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
    },
  };
}
