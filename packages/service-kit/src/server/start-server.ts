import type { ArtifactStore } from "@srlm/artifacts";
import type { Bus } from "@srlm/messaging";
import type { Server } from "nice-grpc";
import { type Logger, pino } from "pino";
import { createPeers, type PeerAddresses } from "../client/create-peers.ts";
import type { Peers } from "../client/peers.ts";
import { failedPrecondition } from "../errors/errors.ts";
import type { RequestScope } from "../handlers.ts";
import type { AnyJobKind } from "../jobs/job-kind.ts";
import { openJobs } from "../jobs/job-runtime.ts";
import { jobService } from "../jobs/job-service.ts";
import type { JobWorker } from "../jobs/job-worker.ts";
import type { Jobs } from "../jobs/jobs.ts";
import { MAX_MESSAGE_BYTES } from "../limits.ts";
import { ServiceMetrics } from "../metrics.ts";
import type { ServiceInstance, ServiceModule } from "../service-module.ts";
import { settledWithin } from "../settled-within.ts";
import { Health } from "./health.ts";
import { boundAddress, prepareListen } from "./listen-address.ts";
import { buildServer } from "./server-parts.ts";

/** What shards and calls under way get to end by themselves; Kubernetes kills after 30 s. */
const DEFAULT_FINISH_MS = 10_000;

export interface StartServerOptions {
  /** Services of this process; a job kind may belong to one of them only. */
  readonly modules: readonly ServiceModule[];
  /** `host:port` (port 0: any free one) or `unix:/path`. */
  readonly listen: string;
  readonly bus: Bus;
  readonly artifacts: ArtifactStore;
  /** Services that answer elsewhere; all others are asked here. */
  readonly addresses?: PeerAddresses;
  /** Default: pino to standard output, level `info`. */
  readonly logger?: Logger;
  readonly maxMessageBytes?: number;
  /** Lease of a step of a job, default 30 s; the same in all processes of a deployment. */
  readonly leaseMs?: number;
}

export interface DrainOptions {
  /** What shards and calls under way get to end by themselves, in milliseconds. Default 10 s; 0 stops them at once. */
  readonly finishMs?: number;
}

export interface RunningServer {
  /** To be connected to: `host:port` with the real port, or `unix:/path`. */
  readonly address: string;
  readonly jobs: Jobs;
  readonly peers: Peers;
  readonly metrics: ServiceMetrics;
  /**
   * Stops: health says NOT_SERVING, Watch streams end with UNAVAILABLE (DRAINING), no more steps of jobs are taken,
   * those under way end or are handed back, calls end or are cancelled, services close. Bounded by twice `finishMs`
   * plus some seconds. Bus and artifact store stay open: they are the caller's.
   */
  drain(options?: DrainOptions): Promise<void>;
}

async function listenOn(server: Server<RequestScope>, listen: string): Promise<string> {
  await prepareListen(listen);
  try {
    return boundAddress(listen, await server.listen(listen));
  } catch (cause) {
    throw failedPrecondition("LISTEN_FAILED", `cannot listen on ${listen}: ${(cause as Error).message}`, { cause });
  }
}

/** Kinds of all services; each belongs to one. */
function collectKinds(instances: readonly ServiceInstance[]): AnyJobKind[] {
  const kinds = new Map<string, AnyJobKind>();
  for (const kind of instances.flatMap((instance) => instance.jobKinds ?? [])) {
    if (kinds.has(kind.kind)) throw new Error(`two services of this process bring the job kind ${kind.kind}`);
    kinds.set(kind.kind, kind);
  }
  return [...kinds.values()];
}

/** Starts the services of a process: one server, one set of clients, one worker for their jobs. */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const { modules, listen, bus, artifacts, leaseMs, logger = pino() } = options;
  const metrics = new ServiceMetrics();
  let address = listen;
  const peers = createPeers({ local: () => address, ...options.addresses });
  const { jobs, worker } = await openJobs({ bus, artifacts, peers, logger, metrics, leaseMs });
  const instances: ServiceInstance[] = [];
  const draining = new AbortController();
  let server: Server<RequestScope> | undefined;

  const close = async () => {
    for (const instance of instances) await instance.close?.();
    peers.close();
  };
  try {
    for (const module of modules) {
      const child = logger.child({ service: module.name });
      instances.push(await module.create({ bus, artifacts, peers, jobs, metrics: metrics.registry, logger: child }));
    }
    const kinds = collectKinds(instances);
    const implementations = [...instances.flatMap((instance) => instance.implementations), jobService(jobs)];
    const services = implementations.map(({ definition }) => definition.fullName);
    const health = new Health(services);
    const { maxMessageBytes = MAX_MESSAGE_BYTES } = options;
    server = buildServer({ implementations, health, maxMessageBytes, logger, metrics, draining: draining.signal });
    address = await listenOn(server, listen);
    await worker.start(kinds);
    health.set(true);
    logger.info({ address, services }, "serving");

    const stop = { health, worker, draining, server, close, logger };
    let drained: Promise<void> | undefined;
    const drain = ({ finishMs = DEFAULT_FINISH_MS }: DrainOptions = {}) => (drained ??= drainServer(stop, finishMs));
    return { address, jobs, peers, metrics, drain };
  } catch (error) {
    server?.forceShutdown();
    await worker.drain(0);
    await close();
    throw error;
  }
}

interface Stopping {
  readonly health: Health;
  readonly worker: JobWorker;
  readonly draining: AbortController;
  readonly server: Server<RequestScope>;
  readonly close: () => Promise<void>;
  readonly logger: Logger;
}

async function drainServer(parts: Stopping, finishMs: number): Promise<void> {
  const { health, worker, draining, server, close, logger } = parts;
  logger.info("draining");
  health.set(false);
  await worker.drain(finishMs);
  draining.abort();
  if (!(await settledWithin(server.shutdown(), finishMs))) server.forceShutdown();
  await close();
  logger.info("stopped");
}
