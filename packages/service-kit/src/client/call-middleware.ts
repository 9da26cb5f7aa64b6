import { randomUUID } from "node:crypto";
import { type CallOptions, ClientError, type ClientMiddleware, Metadata, Status } from "nice-grpc-common";
import { ServiceError } from "../errors/service-error.ts";
import { decodeStatusDetails, STATUS_DETAILS_KEY } from "../errors/status-details.ts";
import { MAX_DEADLINE_MS, REQUEST_ID_KEY } from "../limits.ts";
import { requestScope } from "../request-scope.ts";
import { defaultTimeoutMs } from "./deadlines.ts";
import type { PeerCallOptions } from "./peers.ts";

/** The header's value has at most eight digits. */
function formatTimeout(ms: number): string {
  return ms < 1e8 ? `${Math.max(1, Math.ceil(ms))}m` : `${Math.ceil(ms / 1000)}S`;
}

/** Milliseconds until the deadline: the call's own, but never later than that of the request it serves. */
function remainingMs(path: string, options: Partial<PeerCallOptions>): number {
  const own = options.timeoutMs ?? defaultTimeoutMs(path);
  const caller = requestScope.getStore()?.deadline ?? Infinity;
  const ms = Math.min(own, caller - Date.now());
  return ms === Infinity ? Infinity : Math.min(ms, MAX_DEADLINE_MS);
}

/** What went wrong, as the server said it, or as it looks from here. */
function callError(path: string, thrown: unknown, trailer: Metadata, timedOut: boolean, ms: number): ServiceError {
  if (timedOut) {
    const message = `${path} did not answer within ${Math.ceil(ms)} ms`;
    return new ServiceError(Status.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", message, { cause: thrown });
  }
  if (thrown instanceof ClientError) {
    const bytes = trailer.get(STATUS_DETAILS_KEY);
    const sent = bytes && decodeStatusDetails(thrown.code, bytes, thrown);
    if (sent) return sent;
    return new ServiceError(thrown.code, Status[thrown.code] ?? "UNKNOWN", `${path}: ${thrown.details}`, {
      cause: thrown,
    });
  }
  return ServiceError.from(thrown);
}

/** Gives every call a deadline and a request id, and turns what it fails with into a ServiceError. */
export const callMiddleware: ClientMiddleware<PeerCallOptions> = async function* callMiddleware(call, options) {
  const { timeoutMs: _, ...rest } = options;
  const { path } = call.method;
  const ms = remainingMs(path, options);
  const metadata = Metadata(options.metadata);
  if (!metadata.has(REQUEST_ID_KEY)) {
    metadata.set(REQUEST_ID_KEY, requestScope.getStore()?.requestId ?? randomUUID());
  }
  const abort = new AbortController();
  const forward = () => abort.abort(options.signal?.reason);
  if (options.signal?.aborted) forward();
  else options.signal?.addEventListener("abort", forward, { once: true });
  let timedOut = false;
  let timer: NodeJS.Timeout | undefined;
  if (ms !== Infinity) {
    metadata.set("grpc-timeout", formatTimeout(ms));
    timer = setTimeout(
      () => {
        timedOut = true;
        abort.abort();
      },
      Math.max(0, ms),
    );
  }
  let trailer = Metadata();
  const next: CallOptions = {
    ...rest,
    metadata,
    signal: abort.signal,
    onTrailer(received) {
      trailer = received;
      options.onTrailer?.(received);
    },
  };
  try {
    return yield* call.next(call.request, next);
  } catch (thrown) {
    throw callError(path, thrown, trailer, timedOut, ms);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", forward);
  }
};
