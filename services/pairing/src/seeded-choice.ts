import { createHash } from "node:crypto";

/**
 * Counter-based random numbers: u(seed, keys) = first 48 bits of SHA-256(seed, keys) / 2^48.
 *
 * A number depends on its keys alone, never on how many were drawn before, so that a shard, a replica or a resumed job
 * draws the same ones. 48 bits: a choice among n is uniform to n / 2^48.
 */
export function seededUniform(seed: number, ...keys: readonly (string | number)[]): number {
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, ...keys]))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/** One of the items, which must not be empty. */
export function seededChoice<Item>(items: readonly Item[], seed: number, ...keys: readonly (string | number)[]): Item {
  const item = items[Math.floor(seededUniform(seed, ...keys) * items.length)];
  if (item === undefined) throw new RangeError("nothing to choose from: items is empty");
  return item;
}

/** A uniform permutation (Fisher-Yates, one draw for each position). */
export function seededShuffle<Item>(
  items: readonly Item[],
  seed: number,
  ...keys: readonly (string | number)[]
): Item[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(seededUniform(seed, ...keys, last) * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as Item, shuffled[last] as Item];
  }
  return shuffled;
}
