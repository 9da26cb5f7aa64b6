import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Seconds: from a cached read to a batch on a slow backend. */
const RPC_BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600];
/** Seconds: from a few prompts to a night of training. */
const WORK_BUCKETS = [0.01, 0.1, 1, 10, 60, 600, 3600, 36_000];

/** What every process measures. Labels are methods of the contracts, codes, kinds and states: few values each. */
export class ServiceMetrics {
  readonly registry: Registry;
  readonly rpcSeconds: Histogram<"method" | "code">;
  readonly rpcInFlight: Gauge<"method">;
  readonly jobSeconds: Histogram<"kind" | "state">;
  readonly shardSeconds: Histogram<"kind" | "outcome">;
  /** Two workers of one engine fingerprint computed different results for one shard: should stay 0. */
  readonly shardMismatches: Counter<"kind">;
  /** Jobs whose shards were computed by more than one engine fingerprint. */
  readonly mixedFingerprints: Counter<"kind">;

  constructor(registry: Registry = new Registry()) {
    const registers = [registry];
    this.registry = registry;
    this.rpcSeconds = new Histogram({
      name: "srlm_rpc_seconds",
      help: "Calls served, by method and code",
      labelNames: ["method", "code"],
      buckets: RPC_BUCKETS,
      registers,
    });
    this.rpcInFlight = new Gauge({
      name: "srlm_rpc_in_flight",
      help: "Calls being served",
      labelNames: ["method"],
      registers,
    });
    this.jobSeconds = new Histogram({
      name: "srlm_job_seconds",
      help: "Jobs ended, from start to end",
      labelNames: ["kind", "state"],
      buckets: WORK_BUCKETS,
      registers,
    });
    this.shardSeconds = new Histogram({
      name: "srlm_shard_seconds",
      help: "Shards worked on, by outcome",
      labelNames: ["kind", "outcome"],
      buckets: WORK_BUCKETS,
      registers,
    });
    this.shardMismatches = new Counter({
      name: "srlm_shard_mismatch_total",
      help: "Shards whose second result differed from the first within one engine fingerprint",
      labelNames: ["kind"],
      registers,
    });
    this.mixedFingerprints = new Counter({
      name: "srlm_job_mixed_fingerprint_total",
      help: "Jobs computed by engines of several fingerprints",
      labelNames: ["kind"],
      registers,
    });
  }
}
