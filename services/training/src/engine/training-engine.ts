/** Entry of a training engine process; `SRLM_BACKEND` of its environment chooses the backend. */
import { type EngineContext, type EngineHandler, serveEngine } from "@srlm/language-model";
import { backendChoice, createBackend } from "@srlm/tensor-kernels";
import type { TrainParams } from "./protocol.ts";
import { train } from "./train.ts";

const handlers: Record<string, EngineHandler> = {};

await serveEngine(handlers, async () => {
  const backend = await createBackend(backendChoice(process.env));
  handlers["train"] = (params: TrainParams, context: EngineContext) => train(backend, params, context);
});
