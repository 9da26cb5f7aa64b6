import { randomUUID } from "node:crypto";
import { type CallContext, type Metadata, ServerError, type ServerMiddleware, Status } from "nice-grpc-common";
import type { Logger } from "pino";
import { isWatch } from "../client/deadlines.ts";
import { unavailable } from "../errors/errors.ts";
import { ServiceError } from "../errors/service-error.ts";
import { encodeStatusDetails, STATUS_DETAILS_KEY, sentMessage } from "../errors/status-details.ts";
import type { RequestScope } from "../handlers.ts";
import { REQUEST_ID_KEY, REQUEST_ID_PATTERN } from "../limits.ts";
import type { ServiceMetrics } from "../metrics.ts";
import { requestScope } from "../request-scope.ts";
import { DEADLINE_KEY } from "./deadline-interceptor.ts";

/** Asked by machinery that sets no deadlines. */
const WITHOUT_DEADLINE = /^\/grpc\.(health|reflection)\./;

const FAULTS: ReadonlySet<Status> = new Set([Status.INTERNAL, Status.UNKNOWN, Status.DATA_LOSS]);

export interface CallMiddlewareOptions {
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  /** Aborts when the server drains: Watch streams end, so that their clients go on elsewhere. */
  readonly draining: AbortSignal;
}

function readRequestId(metadata: Metadata): string {
  const given = metadata.get(REQUEST_ID_KEY);
  return given !== undefined && REQUEST_ID_PATTERN.test(given) ? given : randomUUID();
}

function requireDeadline(path: string, deadline: number): void {
  if (Number.isFinite(deadline) || isWatch(path) || WITHOUT_DEADLINE.test(path)) return;
  throw new ServiceError(
    Status.INVALID_ARGUMENT,
    "DEADLINE_REQUIRED",
    `${path} needs a deadline: set one on the call (grpc-timeout), such as 30 s`,
  );
}

/** Cancels a Watch stream's work when the server drains; other calls may end. */
function watchSignal(path: string, context: CallContext, draining: AbortSignal) {
  if (!isWatch(path)) return { signal: context.signal, release: () => {} };
  const abort = new AbortController();
  const forward = () => abort.abort();
  for (const signal of [context.signal, draining]) {
    if (signal.aborted) forward();
    else signal.addEventListener("abort", forward, { once: true });
  }
  const release = () => {
    for (const signal of [context.signal, draining]) signal.removeEventListener("abort", forward);
  };
  return { signal: abort.signal, release };
}

function toServerError(error: ServiceError, trailer: Metadata): ServerError {
  trailer.set(STATUS_DETAILS_KEY, encodeStatusDetails(error));
  return new ServerError(error.code, sentMessage(error));
}

function logFailure(logger: Logger, error: ServiceError, ms: number): void {
  const facts = { code: Status[error.code], reason: error.reason, ms };
  if (FAULTS.has(error.code)) logger.error({ ...facts, err: error.cause ?? error }, error.message);
  else logger.info(facts, error.message);
}

/**
 * What every call goes through: deadline required, request id, log line, metrics; errors leave as gRPC status with
 * google.rpc details, and anything that is not a ServiceError as INTERNAL without a word of its cause.
 */
export function callMiddleware(options: CallMiddlewareOptions): ServerMiddleware<RequestScope> {
  const { metrics, draining } = options;
  return async function* serveCall(call, context) {
    const { path } = call.method;
    const started = performance.now();
    const requestId = readRequestId(context.metadata);
    const deadline = Number(context.metadata.get(DEADLINE_KEY) ?? Infinity);
    const logger = options.logger.child({ requestId, method: path });
    const scope: RequestScope = { requestId, deadline, logger };
    const { signal, release } = watchSignal(path, context, draining);
    const inFlight = metrics.rpcInFlight.labels({ method: path });
    let code = Status.OK;
    inFlight.inc();
    // Not as header: once a header has come, a client must not try an unavailable call again.
    context.trailer.set(REQUEST_ID_KEY, requestId);
    try {
      requireDeadline(path, deadline);
      const responses = call.next(call.request, { ...context, signal, ...scope });
      try {
        for (;;) {
          const step = await requestScope.run(scope, () => responses.next());
          if (step.done) {
            if (isWatch(path) && draining.aborted)
              throw unavailable("DRAINING", "the server stops: watch again elsewhere");
            return step.value;
          }
          yield step.value;
        }
      } finally {
        // oxlint-disable-next-line typescript/no-explicit-any -- unary and streaming generators end alike
        await requestScope.run(scope, () => responses.return(undefined as any));
      }
    } catch (thrown) {
      const error = context.signal.aborted
        ? new ServiceError(Status.CANCELLED, "CANCELLED", "the client went away or its deadline passed", {
            cause: thrown,
          })
        : ServiceError.from(thrown);
      ({ code } = error);
      logFailure(logger, error, performance.now() - started);
      throw toServerError(error, context.trailer);
    } finally {
      release();
      inFlight.dec();
      const ms = performance.now() - started;
      metrics.rpcSeconds.observe({ method: path, code: Status[code] }, ms / 1000);
      if (code === Status.OK) logger.debug({ ms }, "served");
    }
  };
}
