import { failedPrecondition } from "@srlm/service-kit";

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
