import { AsyncLocalStorage } from "node:async_hooks";
import type { RequestScope } from "./handlers.ts";

/** The request or the step on whose behalf code runs; what it calls inherits request id and deadline. */
export const requestScope = new AsyncLocalStorage<RequestScope>();
