import type { Claim } from "../config/loop-section.ts";
import type { CheckedClaim, Difference, ReportInterval } from "./report-types.ts";

/** What a claim says, its two models, and whether a paired difference bears it out. */
function read(claim: Claim) {
  if ("better" in claim) {
    const holds = ({ low }: ReportInterval) => low > 0;
    return { text: `${claim.better} above ${claim.than}`, a: claim.better, b: claim.than, holds };
  }
  const holds = ({ mean }: ReportInterval) => Math.abs(mean) <= claim.within;
  return { text: `${claim.model} within ${claim.within} of ${claim.of}`, a: claim.model, b: claim.of, holds };
}

/**
 * Checks what a run set out to show. `better` holds where the paired 95 % interval lies above 0, `within` where the
 * means differ by no more; each on every split.
 */
export function checkClaims(claims: readonly Claim[], found: readonly Difference[]): CheckedClaim[] {
  return claims.map((claim) => {
    const { text, a, b, holds } = read(claim);
    const splits = found.flatMap((one) => {
      if (one.a !== a || one.b !== b || one.difference === undefined) return [];
      const { split, difference, difference_clustered: clustered } = one;
      const own = { split, holds: holds(difference), difference };
      return [
        clustered === undefined ? own : { ...own, holds_clustered: holds(clustered), difference_clustered: clustered },
      ];
    });
    return { claim: text, holds: splits.length === 0 ? null : splits.every((split) => split.holds), splits };
  });
}
