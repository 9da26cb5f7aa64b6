/** Entry of a sampling engine process; `SRLM_BACKEND` and `SRLM_ENGINE_MEMORY_BYTES` of its environment set it up. */
import { type Backend, backendChoice, createBackend } from "@srlm/tensor-kernels";
import { type EngineHandler, serveEngine } from "./engine-child.ts";
import { ModelStore } from "./model-store.ts";
import { samplingHandlers } from "./sampling-handlers.ts";
import { selfTest } from "./self-test.ts";

const handlers: Record<string, EngineHandler> = {};

await serveEngine(handlers, async () => {
  const backend = await createBackend(backendChoice(process.env));
  selfTest(backend);
  const budget = memoryBudget(backend);
  Object.assign(handlers, samplingHandlers(backend, new ModelStore(backend, budget), budget));
});

/** What the host grants, and never more than the backend can address. */
function memoryBudget(backend: Backend): number {
  const granted = Number(process.env["SRLM_ENGINE_MEMORY_BYTES"]);
  return Math.min(granted, backend.info.memoryLimitBytes ?? granted);
}
