/**
 * The seed of a stage is a function of the run's seed and the stage's name:
 *
 *     first 53 bits of SHA-256( "srlm/" seed "/" purpose )
 *
 * so that stages draw independent numbers, and a stage draws the same whatever else the run does. Evaluations use the
 * evaluation seed and one purpose for all models: models differ by their answers, not by luck.
 */
import { createHash } from "node:crypto";

/** In [0, 2^53): exact as a JSON number. */
export function stageSeed(seed: number, purpose: string): number {
  const digest = createHash("sha256").update(`srlm/${seed}/${purpose}`).digest();
  return Number(digest.readBigUInt64BE(0) >> 11n);
}
