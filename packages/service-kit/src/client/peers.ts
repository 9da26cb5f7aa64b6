import type {
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

/** What a call may set besides `signal` and `metadata`. */
export interface PeerCallOptions {
  /**
   * Deadline of the call in milliseconds from now, in place of the default of its kind (see `deadlines.ts`). Never
   * later than the deadline of the request on whose behalf it is made. `Infinity` is for Watch streams alone.
   */
  readonly timeoutMs?: number;
}

export const SERVICE_NAMES = [
  "tokenization",
  "inference",
  "prompting",
  "judging",
  "pairing",
  "training",
  "evaluation",
  "orchestration",
] as const;

export type ServiceName = (typeof SERVICE_NAMES)[number];

/**
 * Typed clients of all services. A failed call rejects with a {@link ServiceError} that has the code, reason and
 * fields the server gave. UNAVAILABLE is tried again where nothing was received yet: all calls of the contracts may be
 * repeated. The request id of the call under way is passed on.
 */
export interface Peers {
  readonly tokenization: tokenization.TokenizationServiceClient<PeerCallOptions>;
  readonly inference: inference.InferenceServiceClient<PeerCallOptions>;
  readonly prompting: prompting.PromptingServiceClient<PeerCallOptions>;
  readonly judging: judging.JudgingServiceClient<PeerCallOptions>;
  readonly pairing: pairing.PairingServiceClient<PeerCallOptions>;
  readonly training: training.TrainingServiceClient<PeerCallOptions>;
  readonly evaluation: evaluation.EvaluationServiceClient<PeerCallOptions>;
  readonly orchestration: orchestration.OrchestrationServiceClient<PeerCallOptions>;
  /** Every process answers for every job. */
  readonly jobs: jobs.JobServiceClient<PeerCallOptions>;
  close(): void;
}
