import type { ServerOptions } from "@grpc/grpc-js";
import { type CompatServiceDefinition, createServer, type Server, type ServiceImplementation } from "nice-grpc";
import type { Implementation, RequestScope } from "../handlers.ts";
import { type CallMiddlewareOptions, callMiddleware } from "./call-middleware.ts";
import { deadlineInterceptor } from "./deadline-interceptor.ts";
import type { Health } from "./health.ts";
import { reflection } from "./reflection.ts";

export interface ServerParts extends CallMiddlewareOptions {
  readonly implementations: readonly Implementation[];
  readonly health: Health;
  readonly maxMessageBytes: number;
}

type AnyImplementation = ServiceImplementation<CompatServiceDefinition, RequestScope>;

/** A server with these services, health and reflection, every call through the same middleware. Does not listen yet. */
export function buildServer(parts: ServerParts): Server<RequestScope> {
  const { implementations, health, maxMessageBytes } = parts;
  const options: ServerOptions = {
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
    interceptors: [deadlineInterceptor],
  };
  // nice-grpc hands its options to the server as they are, but declares fewer of them.
  const server = createServer(options as Parameters<typeof createServer>[0]).use(callMiddleware(parts));
  const all = [...implementations, health.implementation()];
  for (const { definition, handlers } of all) {
    // `implement` has checked the handlers against the definition; nice-grpc's own types cannot express it.
    server.add(definition as CompatServiceDefinition, handlers as AnyImplementation);
  }
  for (const { definition, handlers } of reflection(all.map((implementation) => implementation.definition.fullName))) {
    server.add(definition, handlers as AnyImplementation);
  }
  return server;
}
