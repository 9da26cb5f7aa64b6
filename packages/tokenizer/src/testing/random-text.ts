/** Random texts for tests: a fixed seed gives the same texts everywhere. */

/** Mulberry32: numbers in [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: () => number, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

/** What trips tokenizers: contractions, white space of all kinds, marks, joiners, digits of other scripts, control codes. */
const AWKWARD = [
  ...Array.from("aaabbe  \n'.,!-_0123456789<>"),
  "'s",
  "'LL",
  "don't",
  "  ",
  "\r\n",
  "\t",
  "\0",
  "\u0085",
  "\u00a0",
  "\u3000",
  "\u2028",
  "\ufeff",
  "\u200d",
  "e\u0301",
  "\u00e9",
  "\u{1f600}",
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
  "\u0661\u0662",
  "\u2167",
  "\u65e5\u672c",
  "\ud55c",
  "\u0120",
  "\u00c3",
  "\ufffd",
];

/** Up to `length` awkward pieces and single characters from all of Unicode; with `lone`, also halves of surrogate pairs. */
export function awkwardText(random: () => number, length: number, lone = false): string {
  let text = "";
  for (let left = Math.floor(random() * length); left > 0; left--) {
    const kind = random();
    if (lone && kind < 0.1) text += String.fromCharCode(0xd800 + Math.floor(random() * 0x800));
    else if (kind < 0.3) text += String.fromCodePoint(scalarValue(random));
    else text += pick(random, AWKWARD);
  }
  return text;
}

function scalarValue(random: () => number): number {
  const limit = pick(random, [0x80, 0x250, 0x3000, 0x10000, 0x110000]);
  const value = Math.floor(random() * limit);
  return value >= 0xd800 && value < 0xe000 ? value - 0xd800 : value;
}

/** Texts of few words over few letters, so that pairs repeat and counts tie. */
export function repetitiveTexts(random: () => number, count: number): string[] {
  const words = Array.from({ length: 12 }, () =>
    Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(random, ["a", "b", "c", "\u00e9"])).join(""),
  );
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(random, words)).join(" "),
  );
}
