/**
 * Levenshtein distance: the fewest insertions, deletions and replacements of a character that turn `a` into `b`.
 *
 *     D(i, j) = min( D(i-1, j) + 1,  D(i, j-1) + 1,  D(i-1, j-1) + [a_i != b_j] )
 */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known key that was most likely meant; undefined where none is near (more than half of it would change). */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  let best: { key: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(key.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || distance < best.distance) best = { key: candidate, distance };
  }
  if (best === undefined || best.distance > Math.max(key.length, best.key.length) / 2) return undefined;
  return best.key;
}
