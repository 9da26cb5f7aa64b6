import { failedPrecondition } from "@srlm/service-kit";

/**
 * Answering or judging a shard takes as long as its model does, hours on a slow engine; who waits may give up sooner: no
 * call outlives the deadline of the request that it is made for, nor the job.
 */
export const MODEL_CALL_MS = 24 * 60 * 60 * 1000;

/**
 * Refuses an answer of another service that does not hold one result for each item asked for: whoever stands behind
 * its address breaks the contract, and results must not be put to the wrong items.
 */
export function assertOneEach(asked: number, got: number, call: string): void {
  if (asked === got) return;
  throw failedPrecondition(
    "PEER_BREAKS_CONTRACT",
    `${call} was asked for ${asked} results and gave ${got}: check the service behind its address`,
  );
}
