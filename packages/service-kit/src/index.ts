/** What every service shares: servers, clients, errors, jobs. */

export { Status } from "nice-grpc-common";
export * from "./client/peers.ts";
export * from "./errors/errors.ts";
export * from "./errors/service-error.ts";
export * from "./handlers.ts";
export * from "./jobs/job-kind.ts";
export * from "./jobs/jobs.ts";
export * from "./service-module.ts";
