import { createHash } from "node:crypto";

/**
 * A prompt's key as the 32-bit coordinate that its random numbers have: the head of its SHA-256. Two prompts of one run
 * that share it (1 % likely among 10,000) draw with the same numbers, each from its own distributions.
 */
export function promptWord(key: string): number {
  return createHash("sha256").update(key, "utf8").digest().readUInt32LE(0);
}
