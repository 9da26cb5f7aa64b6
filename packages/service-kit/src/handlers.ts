import type { CallContext } from "nice-grpc-common";
import type { Logger } from "pino";

/** What a handler gets besides nice-grpc's `signal` and `metadata`. */
export interface RequestScope {
  /** Of the client, or made here; in every log line of the call and in the calls it makes. */
  readonly requestId: string;
  /** Milliseconds since the epoch; Infinity where the method needs none. */
  readonly deadline: number;
  readonly logger: Logger;
}

/** Second argument of a handler. */
export type RequestContext = CallContext & RequestScope;

type Scalar = Date | Uint8Array | string | number | boolean | undefined;

/** A message as a handler may return it: fields left out have their default. */
export type PartialMessage<T> = T extends Scalar
  ? T
  : T extends readonly (infer U)[]
    ? readonly PartialMessage<U>[]
    : T extends { readonly $case: infer Case; readonly value: infer Value }
      ? { readonly $case: Case; readonly value?: PartialMessage<Value> | undefined }
      : { readonly [K in keyof T]?: PartialMessage<T[K]> | undefined };

interface MessageType<T> {
  decode(bytes: Uint8Array): T;
}

interface Method<Request, Response, Streams extends boolean> {
  readonly requestType: MessageType<Request>;
  readonly requestStream: false;
  readonly responseType: MessageType<Response>;
  readonly responseStream: Streams;
}

/** A definition that ts-proto generated: `judging.JudgingServiceDefinition`. */
export interface GeneratedDefinition {
  readonly name: string;
  readonly fullName: string;
  readonly methods: Readonly<Record<string, unknown>>;
}

type Handler<M> =
  M extends Method<infer Request, infer Response, false>
    ? (request: Request, context: RequestContext) => Promise<PartialMessage<Response>>
    : M extends Method<infer Request, infer Response, true>
      ? (request: Request, context: RequestContext) => AsyncIterable<PartialMessage<Response>>
      : never;

/** One handler for each method of a contract. */
export type Handlers<Definition extends GeneratedDefinition> = {
  [Name in keyof Definition["methods"]]: Handler<Definition["methods"][Name]>;
};

/** A contract with its handlers; made by {@link implement}. */
export interface Implementation {
  readonly definition: GeneratedDefinition;
  readonly handlers: Readonly<Record<string, unknown>>;
}

/** Pairs a generated definition (`judging.JudgingServiceDefinition`) with its handlers, checked by type. */
export function implement<Definition extends GeneratedDefinition>(
  definition: Definition,
  handlers: Handlers<Definition>,
): Implementation {
  return { definition, handlers };
}
