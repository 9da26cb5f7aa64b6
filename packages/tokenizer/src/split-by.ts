/** What becomes of the matches of a pattern when a text is split by it, as tokenizers names it. */
export type SplitBehavior =
  /** A piece of its own each. */
  | "Isolated"
  | "Removed"
  /** Joined to the piece before or after; the second of two neighbouring matches is a piece of its own. */
  | "MergedWithPrevious"
  | "MergedWithNext"
  /** Neighbouring matches are one piece. */
  | "Contiguous";

interface Part {
  readonly text: string;
  readonly matched: boolean;
}

/**
 * Pieces of `text`, none empty. `pattern` has the flag g; `invert` takes what lies between its matches as the matches.
 */
export function splitBy(text: string, pattern: RegExp, behavior: SplitBehavior, invert: boolean): string[] {
  if (behavior === "Isolated") return isolate(text, pattern);
  // An empty match is a part that cuts, and drops out of the pieces.
  return rejoin(partsOf(text, pattern, invert), behavior).filter((piece) => piece !== "");
}

function rejoin(parts: readonly Part[], behavior: Exclude<SplitBehavior, "Isolated">): string[] {
  switch (behavior) {
    case "Removed":
      return parts.filter((part) => !part.matched).map((part) => part.text);
    case "Contiguous":
      return join(parts, (part, before) => part.matched === before.matched);
    case "MergedWithPrevious":
      return join(parts, (part, before) => part.matched && !before.matched);
    case "MergedWithNext":
      return joinBackwards(parts);
  }
}

/** The hot path: every piece is taken as it comes, whether it matched or lies between matches. */
function isolate(text: string, pattern: RegExp): string[] {
  const pieces: string[] = [];
  let end = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const found = match[0];
    if (found === "") {
      // An empty match cuts, and the search goes on one character further.
      pattern.lastIndex = match.index + ((text.codePointAt(match.index) ?? 0) > 0xffff ? 2 : 1);
      if (withinPair(text, match.index)) continue;
    }
    if (match.index > end) pieces.push(text.slice(end, match.index));
    if (found !== "") pieces.push(found);
    end = match.index + found.length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}

/** V8 finds empty matches between the two halves of a character beyond U+FFFF where a pattern has a lookbehind. */
function withinPair(text: string, index: number): boolean {
  return index > 0 && (text.codePointAt(index - 1) ?? 0) > 0xffff;
}

function partsOf(text: string, pattern: RegExp, invert: boolean): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match[0] === "" && withinPair(text, match.index)) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index), matched: invert });
    parts.push({ text: match[0], matched: !invert });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), matched: invert });
  return parts;
}

/** Joins a part to the one before it where `joins` says so; both are looked at as they were before any joining. */
function join(parts: readonly Part[], joins: (part: Part, before: Part) => boolean): string[] {
  const pieces: string[] = [];
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1];
    if (before !== undefined && joins(part, before)) pieces[pieces.length - 1] += part.text;
    else pieces.push(part.text);
  }
  return pieces;
}

function joinBackwards(parts: readonly Part[]): string[] {
  const pieces: string[] = [];
  for (let index = parts.length - 1; index >= 0; index--) {
    const part = parts[index] as Part;
    const after = parts[index + 1];
    if (after !== undefined && part.matched && !after.matched) pieces[pieces.length - 1] = part.text + pieces.at(-1);
    else pieces.push(part.text);
  }
  return pieces.reverse();
}
