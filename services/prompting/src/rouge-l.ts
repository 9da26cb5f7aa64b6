/**
 * ROUGE-L (Lin 2004) over tokens, without stemming, as the package rouge_score computes it:
 *
 *     P = L / n      R = L / m      F = 2PR / (P + R), 0 where either text has no token
 *
 * L: length of the longest common subsequence; m, n: tokens of reference and prediction. Tokens are runs of a-z and 0-9
 * after lower-casing; every other character separates, so text in other scripts has none and is similar to nothing.
 */
export interface RougeL {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export function rougeTokens(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

export function rougeL(reference: string, prediction: string): RougeL {
  const [m, n] = [rougeTokens(reference), rougeTokens(prediction)];
  return rougeFromLength(longestCommonSubsequence(m, n), m.length, n.length);
}

export function rougeFromLength(length: number, referenceTokens: number, predictionTokens: number): RougeL {
  if (length === 0) return { precision: 0, recall: 0, f1: 0 };
  const precision = length / predictionTokens;
  const recall = length / referenceTokens;
  return { precision, recall, f1: (2 * precision * recall) / (precision + recall) };
}

/** Length of the longest common subsequence: O(a b) time, one row of memory. */
export function longestCommonSubsequence<Token>(a: readonly Token[], b: readonly Token[]): number {
  const row = new Uint32Array(b.length + 1);
  for (const token of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j += 1) {
      const above = row[j] ?? 0;
      row[j] = token === b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1] ?? 0);
      diagonal = above;
    }
  }
  return row[b.length] ?? 0;
}
