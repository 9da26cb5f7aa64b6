/** The contracts of all services, a namespace for each domain: `jobs.Job`, `training.TrainingSpec`, ... */

import { readFileSync } from "node:fs";

export * as rpcDetails from "./gen/google/rpc/error_details.ts";
export * as rpcStatus from "./gen/google/rpc/status.ts";
export * as health from "./gen/grpc/health/v1/health.ts";
export * as artifacts from "./gen/srlm/artifacts/v1/artifacts.ts";
export * as evaluation from "./gen/srlm/evaluation/v1/evaluation.ts";
export * as events from "./gen/srlm/events/v1/events.ts";
export * as inference from "./gen/srlm/inference/v1/inference.ts";
export * as jobs from "./gen/srlm/jobs/v1/jobs.ts";
export * as judging from "./gen/srlm/judging/v1/judging.ts";
export * as orchestration from "./gen/srlm/orchestration/v1/orchestration.ts";
export * as pairing from "./gen/srlm/pairing/v1/pairing.ts";
export * as prompting from "./gen/srlm/prompting/v1/prompting.ts";
export * as tokenization from "./gen/srlm/tokenization/v1/tokenization.ts";
export * as training from "./gen/srlm/training/v1/training.ts";

/** The serialized google.protobuf.FileDescriptorSet of proto/, for server reflection. */
export function descriptorSet(): Buffer {
  return readFileSync(new URL("../src/gen/descriptors.binpb", import.meta.url));
}
