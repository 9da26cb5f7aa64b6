import type { ArtifactStore } from "@srlm/artifacts";
import type { Bus } from "@srlm/messaging";
import type { CompatServiceDefinition, ServiceImplementation } from "nice-grpc";
import type { CallContext } from "nice-grpc-common";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Peers } from "./client/peers.ts";
import type { AnyJobKind } from "./jobs/job-kind.ts";
import type { Jobs } from "./jobs/jobs.ts";

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

/** What a process gives to each of its services. */
export interface ServiceContext {
  readonly bus: Bus;
  readonly artifacts: ArtifactStore;
  readonly peers: Peers;
  readonly jobs: Jobs;
  readonly logger: Logger;
  /** For a service's own metrics: names begin with `srlm_`, labels have few values. */
  readonly metrics: Registry;
}

/** A contract with its handlers; made by {@link implement}. */
export interface Implementation {
  readonly definition: CompatServiceDefinition;
  readonly implementation: unknown;
}

/** Pairs a generated definition (`judging.JudgingServiceDefinition`) with its handlers, checked by type. */
export function implement<Definition extends CompatServiceDefinition>(
  definition: Definition,
  implementation: ServiceImplementation<Definition, RequestScope>,
): Implementation {
  return { definition, implementation };
}

export interface ServiceInstance {
  readonly implementations: readonly Implementation[];
  /** Run by this process as soon as it serves. */
  readonly jobKinds?: readonly AnyJobKind[];
  /** Called once, after the last call and the last shard. */
  close?(): Promise<void>;
}

/** A stage as a process hosts it, alone or with others. */
export interface ServiceModule {
  /** `judging` */
  readonly name: string;
  create(context: ServiceContext): Promise<ServiceInstance>;
}
