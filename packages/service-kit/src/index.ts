/** What every service shares: servers, clients, errors, jobs. */

export { Status } from "nice-grpc-common";
export { createPeers, type PeerAddresses } from "./client/create-peers.ts";
export * from "./client/peers.ts";
export * from "./errors/errors.ts";
export * from "./errors/service-error.ts";
export * from "./handlers.ts";
export { jobName } from "./jobs/job-directory.ts";
export * from "./jobs/job-kind.ts";
export * from "./jobs/jobs.ts";
export { ServiceMetrics } from "./metrics.ts";
export { type DrainOptions, type RunningServer, type StartServerOptions, startServer } from "./server/start-server.ts";
export * from "./service-module.ts";
