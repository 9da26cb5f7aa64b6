import type { ArtifactStore } from "@srlm/artifacts";
import type { Bus } from "@srlm/messaging";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Peers } from "./client/peers.ts";
import type { Implementation } from "./handlers.ts";
import type { AnyJobKind } from "./jobs/job-kind.ts";
import type { Jobs } from "./jobs/jobs.ts";

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
