import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";

/** Metadata key under which handlers find the deadline; what a client sends under it is overwritten. */
export const DEADLINE_KEY = "x-srlm-deadline";

/** grpc-js takes the deadline out of the metadata and keeps it; this puts it where middleware can read it. */
export const deadlineInterceptor: ServerInterceptor = (_method, call) =>
  new ServerInterceptingCall(call, {
    start(next) {
      next({
        onReceiveMetadata(metadata, nextMetadata) {
          metadata.set(DEADLINE_KEY, String(Number(call.getDeadline())));
          nextMetadata(metadata);
        },
      });
    },
  });
