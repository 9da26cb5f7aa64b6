import { Channel, ChannelCredentials, type ChannelOptions, type ServiceConfig } from "@grpc/grpc-js";
import {
  evaluation,
  inference,
  jobs,
  judging,
  orchestration,
  pairing,
  prompting,
  tokenization,
  training,
} from "@srlm/contracts";
import { createClientFactory } from "nice-grpc";
import { failedPrecondition } from "../errors/errors.ts";
import type { GeneratedDefinition } from "../handlers.ts";
import { MAX_MESSAGE_BYTES } from "../limits.ts";
import { callMiddleware } from "./call-middleware.ts";
import { type Peers, SERVICE_NAMES, type ServiceName } from "./peers.ts";

const DEFINITIONS = {
  tokenization: tokenization.TokenizationServiceDefinition,
  inference: inference.InferenceServiceDefinition,
  prompting: prompting.PromptingServiceDefinition,
  judging: judging.JudgingServiceDefinition,
  pairing: pairing.PairingServiceDefinition,
  training: training.TrainingServiceDefinition,
  evaluation: evaluation.EvaluationServiceDefinition,
  orchestration: orchestration.OrchestrationServiceDefinition,
  jobs: jobs.JobServiceDefinition,
} as const satisfies Record<ServiceName | "jobs", GeneratedDefinition>;

/** Where services answer: `host:port` or `unix:/path`. */
export type PeerAddresses = Readonly<Partial<Record<ServiceName, string>>> & {
  /** Of every service that is not named, and of the jobs: this process itself, as a rule. */
  readonly local?: string | (() => string);
};

/**
 * Tries again what failed with UNAVAILABLE before anything was received, four times within about three seconds: a
 * restart of a process, not an outage. All calls of these contracts may be repeated (starts by their request id).
 */
const RETRY_POLICY = {
  maxAttempts: 4,
  initialBackoff: "0.2s",
  maxBackoff: "2s",
  backoffMultiplier: 3,
  retryableStatusCodes: ["UNAVAILABLE"],
};

function channelOptions(): ChannelOptions {
  const config: Partial<ServiceConfig> & { methodConfig: unknown[] } = {
    methodConfig: [
      {
        name: Object.values(DEFINITIONS).map(({ fullName }) => ({ service: fullName })),
        retryPolicy: RETRY_POLICY,
      },
    ],
  };
  return {
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    "grpc.service_config": JSON.stringify(config),
    // A peer that restarts is found again within seconds, not after a minute.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 2_000,
  };
}

/** Clients that connect on their first call. */
export function createPeers(addresses: PeerAddresses): Peers {
  const channels = new Map<string, Channel>();
  const clients = new Map<string, unknown>();
  const factory = createClientFactory().use(callMiddleware);

  const addressOf = (name: keyof typeof DEFINITIONS): string => {
    const own = name === "jobs" ? undefined : addresses[name];
    const address = own ?? (typeof addresses.local === "function" ? addresses.local() : addresses.local);
    if (address) return address;
    throw failedPrecondition(
      "SERVICE_ADDRESS_MISSING",
      `no address is known for ${name}: set services.${name}.address`,
    );
  };
  const channelTo = (address: string): Channel => {
    const known = channels.get(address);
    if (known) return known;
    const channel = new Channel(address, ChannelCredentials.createInsecure(), channelOptions());
    channels.set(address, channel);
    return channel;
  };
  const client = (name: keyof typeof DEFINITIONS): unknown => {
    const known = clients.get(name);
    if (known) return known;
    const made: unknown = factory.create(DEFINITIONS[name], channelTo(addressOf(name)));
    clients.set(name, made);
    return made;
  };

  const peers = {
    close() {
      for (const channel of channels.values()) channel.close();
      channels.clear();
      clients.clear();
    },
  };
  for (const name of [...SERVICE_NAMES, "jobs"] as const) {
    Object.defineProperty(peers, name, { get: () => client(name), enumerable: true });
  }
  return peers as Peers;
}
