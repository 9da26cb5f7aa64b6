/**
 * All services in this process, on the state of one folder: an embedded bus, a file artifact store, one server.
 */
import { type ArtifactStore, openFileArtifactStore } from "@srlm/artifacts";
import { evaluationService } from "@srlm/evaluation";
import { inferenceService } from "@srlm/inference";
import { judgingService } from "@srlm/judging";
import { type Bus, openEmbeddedBus } from "@srlm/messaging";
import { type Config, orchestrationService } from "@srlm/orchestration";
import { pairingService } from "@srlm/pairing";
import { promptingService } from "@srlm/prompting";
import { type PeerAddresses, type Peers, type ServiceModule, startServer } from "@srlm/service-kit";
import { tokenizationService } from "@srlm/tokenization";
import { trainingService } from "@srlm/training";
import { type Logger, pino } from "pino";
import type { EnginePlan } from "./engine-plan.ts";
import { listenAddress } from "./socket-address.ts";

export interface EmbeddedOptions {
  /** Of the bus: one process at a time owns it. */
  readonly statePath: string;
  readonly artifactsPath: string;
  /** Services log there, one JSON object a line. */
  readonly logPath: string;
  readonly engines: EnginePlan;
  /** Services that answer elsewhere. */
  readonly services?: Config["services"];
}

export interface Embedded {
  readonly artifacts: ArtifactStore;
  readonly peers: Peers;
  /** `unix:/path` or `host:port`. */
  readonly address: string;
  /** Ends what is under way, or hands it back for the next owner, and gives the folder back. */
  close(): Promise<void>;
}

/** Steps under way when a run is stopped keep their checkpoints; waiting for their ends is not worth a user's time. */
const FINISH_MS = 2_000;

/** All eight services. */
export function allServices({ engines, memoryBytes }: EnginePlan): ServiceModule[] {
  const options = { engines, memoryBudgetBytes: memoryBytes };
  return [
    tokenizationService(),
    inferenceService(options),
    promptingService(),
    judgingService(),
    pairingService(),
    trainingService(options),
    evaluationService(),
    orchestrationService(),
  ];
}

function addressesOf(services: Config["services"] = {}): PeerAddresses {
  return Object.fromEntries(
    Object.entries(services).flatMap(([name, service]) => (service === undefined ? [] : [[name, service.address]])),
  );
}

function openLog(path: string): { logger: Logger; close: () => void } {
  const destination = pino.destination({ dest: path, mkdir: true, sync: true });
  return {
    logger: pino({ level: process.env["SRLM_LOG_LEVEL"] ?? "info" }, destination),
    close: () => destination.end(),
  };
}

/** Errors: BUS_OWNED_ELSEWHERE naming the process that has the folder; BUS_STORE_UNREADABLE. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const bus: Bus = await openEmbeddedBus({ directory: options.statePath });
  const log = openLog(options.logPath);
  try {
    const artifacts = await openFileArtifactStore(options.artifactsPath);
    const server = await startServer({
      modules: allServices(options.engines),
      listen: listenAddress(options.statePath),
      bus,
      artifacts,
      addresses: addressesOf(options.services),
      logger: log.logger,
    });
    return {
      artifacts,
      peers: server.peers,
      address: server.address,
      async close() {
        await server.drain({ finishMs: FINISH_MS });
        await bus.close();
        log.close();
      },
    };
  } catch (error) {
    await bus.close();
    log.close();
    throw error;
  }
}
