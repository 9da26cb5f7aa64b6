/**
 * Spells a judgement in the few characters that the score grammar knows: ASCII digits and punctuation, plain spaces,
 * `\n` for every line break, `-` for hyphens and minus signs, `–` for longer dashes. Words are left as they are.
 *
 * Not NFKC: that would turn `4²` into `42` and `④` into `4`.
 */
export function normaliseText(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029\u0085\v\f]|<br ?\/?>/gi, "\n")
    .replace(inlineTags, "")
    .replace(/[\t\p{Zs}]/gu, " ")
    .replace(/\p{Nd}/gu, (digit) => String(decimalDigit(digit)))
    .replace(invisible, "")
    .replace(/[：﹕]/g, ":")
    .replace(/＝/g, "=")
    .replace(/\\\/|[／⁄∕]/g, "/")
    .replace(/[．٫]/g, ".")
    .replace(/，/g, ",")
    .replace(/[（]/g, "(")
    .replace(/[）]/g, ")")
    .replace(/［/g, "[")
    .replace(/］/g, "]")
    .replace(/＊/g, "*")
    .replace(/[‐‑−﹣－]/g, "-")
    .replace(/[‒—―]/g, "–");
}

/** Markup that people wrap around a number; other tags stay visible, so `<total points>` is not mistaken for one. */
const inlineTags = /<\/?(?:b|strong|i|em|u|p|span|div|code|mark|h[1-6])>/gi;

/** Zero-width and direction marks (they accompany Arabic digits), and the two marks of a keycap digit. */
// oxlint-disable-next-line no-misleading-character-class -- the two keycap marks are listed one by one
const invisible = /[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\uFE0F\u20E3\u00AD]/g;

/**
 * Value 0..9 of a character of Unicode's category Nd. Each script's digits are ten code points in a row that start at
 * zero; where several such rows touch (mathematical digits), the distance to the first of them counts modulo ten.
 */
function decimalDigit(digit: string): number {
  const codePoint = digit.codePointAt(0) ?? 0;
  let first = codePoint;
  while (isDecimalDigit(first - 1)) first -= 1;
  return (codePoint - first) % 10;
}

const isDecimalDigit = (codePoint: number): boolean =>
  codePoint >= 0x30 && /\p{Nd}/u.test(String.fromCodePoint(codePoint));
