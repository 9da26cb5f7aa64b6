/** More tokens than any vocabulary has; two ids then fit the 53 bits of a number. */
export const MAX_VOCABULARY_SIZE = 2 ** 26;

/** One number for an ordered pair of token ids. */
export function pairKey(left: number, right: number): number {
  return left * MAX_VOCABULARY_SIZE + right;
}
