import { createHash } from "node:crypto";

/**
 * Counter-based random numbers: u(seed, keys) = first 48 bits of SHA-256(seed, keys) / 2^48. A number depends on its
 * keys alone, never on how many were drawn before, so that a shard or a resumed job draws the same ones.
 */
function seededUniform(seed: number, ...keys: readonly (string | number)[]): number {
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, ...keys]))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/**
 * `count` of the items (all where there are fewer) without repetition, in random order: the first `count` steps of a
 * Fisher-Yates shuffle, one draw each.
 */
export function seededSample<Item>(
  items: readonly Item[],
  count: number,
  seed: number,
  ...keys: readonly (string | number)[]
): Item[] {
  const pool = [...items];
  const taken = Math.min(count, pool.length);
  for (let place = 0; place < taken; place += 1) {
    const other = place + Math.floor(seededUniform(seed, ...keys, place) * (pool.length - place));
    [pool[place], pool[other]] = [pool[other] as Item, pool[place] as Item];
  }
  return pool.slice(0, taken);
}
