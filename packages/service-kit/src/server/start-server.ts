import type { ServerOptions } from "@grpc/grpc-js";
import type { ArtifactStore } from "@srlm/artifacts";
import type { Bus } from "@srlm/messaging";
import { type CompatServiceDefinition, createServer, type ServiceImplementation } from "nice-grpc";
import { type Logger, pino } from "pino";
import { createPeers, type PeerAddresses } from "../client/create-peers.ts";
import type { Peers } from "../client/peers.ts";
import type { RequestScope } from "../handlers.ts";
import { openJobs } from "../jobs/job-runtime.ts";
import { jobService } from "../jobs/job-service.ts";
import type { Jobs } from "../jobs/jobs.ts";
import { MAX_MESSAGE_BYTES } from "../limits.ts";
import { ServiceMetrics } from "../metrics.ts";
import type { ServiceInstance, ServiceModule } from "../service-module.ts";
import { settledWithin } from "../settled-within.ts";
import { callMiddleware } from "./call-middleware.ts";
import { deadlineInterceptor } from "./deadline-interceptor.ts";
import { Health } from "./health.ts";
import { reflection } from "./reflection.ts";

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

function toAddress(listen: string, port: number): string {
  return listen.startsWith("unix:") ? listen : `${listen.slice(0, listen.lastIndexOf(":"))}:${port}`;
}

/** Starts the services of a process: one server, one set of clients, one worker for their jobs. */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const { modules, listen, bus, artifacts } = options;
  const logger = options.logger ?? pino();
  const metrics = new ServiceMetrics();
  let address = listen;
  const peers = createPeers({ local: () => address, ...options.addresses });
  const leaseMs = options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs };
  const { jobs, worker } = await openJobs({ bus, artifacts, peers, logger, metrics, ...leaseMs });
  const instances: ServiceInstance[] = [];
  const close = async () => {
    for (const instance of instances) await instance.close?.();
    peers.close();
  };
  try {
    for (const module of modules) {
      const context = { bus, artifacts, peers, jobs, metrics: metrics.registry };
      instances.push(await module.create({ ...context, logger: logger.child({ service: module.name }) }));
    }
    const kinds = instances.flatMap((instance) => instance.jobKinds ?? []);
    const twice = kinds.find((kind, i) => kinds.findIndex((other) => other.kind === kind.kind) !== i);
    if (twice) throw new Error(`two services bring the job kind ${twice.kind}`);

    const draining = new AbortController();
    const implementations = [...instances.flatMap((instance) => instance.implementations), jobService(jobs)];
    const names = implementations.map(({ definition }) => definition.fullName);
    const health = new Health(names);
    const maxMessageBytes = options.maxMessageBytes ?? MAX_MESSAGE_BYTES;
    const serverOptions: ServerOptions = {
      "grpc.max_receive_message_length": maxMessageBytes,
      "grpc.max_send_message_length": maxMessageBytes,
      interceptors: [deadlineInterceptor],
    };
    const middleware = callMiddleware({ logger, metrics, draining: draining.signal });
    const server = createServer(serverOptions as Parameters<typeof createServer>[0]).use(middleware);
    for (const { definition, handlers } of [...implementations, health.implementation()]) {
      type Definition = CompatServiceDefinition;
      server.add(definition as Definition, handlers as ServiceImplementation<Definition, RequestScope>);
    }
    for (const { definition, handlers } of reflection([...names, "grpc.health.v1.Health"])) {
      server.add(definition, handlers as ServiceImplementation<typeof definition, RequestScope>);
    }
    address = toAddress(listen, await server.listen(listen));
    await worker.start(kinds);
    health.set(true);
    logger.info({ address, services: names }, "serving");

    const drain = async ({ finishMs = DEFAULT_FINISH_MS }: DrainOptions): Promise<void> => {
      logger.info("draining");
      health.set(false);
      await worker.drain(finishMs);
      draining.abort();
      if (!(await settledWithin(server.shutdown(), finishMs))) server.forceShutdown();
      await close();
      logger.info("stopped");
    };
    let drained: Promise<void> | undefined;
    return { address, jobs, peers, metrics, drain: (drainOptions = {}) => (drained ??= drain(drainOptions)) };
  } catch (error) {
    await close();
    throw error;
  }
}
