/** An engine process that computes nothing, for tests of the host. `ECHO_ENGINE_FAULT` makes its start fail. */
import { setTimeout as sleep } from "node:timers/promises";
import { type EngineContext, serveEngine } from "../engine/engine-child.ts";
import { LanguageModelError } from "../errors.ts";

await serveEngine(
  {
    echo: (params: unknown) => params,
    pid: () => process.pid,
    count: async (to: number, context: EngineContext) => {
      for (let i = 0; i < to; i++) {
        context.progress(i);
        await context.pause();
      }
      return to;
    },
    /** Runs until it is cancelled; `cancelled` tells afterwards. */
    forever: async (_: unknown, context: EngineContext) => {
      for (;;) {
        await sleep(1);
        await context.pause();
      }
    },
    refuse: (value: string) => {
      throw new LanguageModelError("PROMPT_TOO_LONG", "too long", { field: "prompt", value });
    },
    fault: () => {
      throw new TypeError("a fault of the program");
    },
    crash: async () => {
      process.stderr.write("out of memory\n");
      await sleep(20);
      process.kill(process.pid, "SIGKILL");
      await sleep(10_000);
    },
  },
  () => {
    if (process.env["ECHO_ENGINE_FAULT"] === "throw")
      throw new LanguageModelError("ENGINE_FAILED", "self-test: 1 != 2");
    if (process.env["ECHO_ENGINE_FAULT"] === "hang") return sleep(60_000);
    return undefined;
  },
);
