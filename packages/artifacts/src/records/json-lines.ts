import { ArtifactError } from "../artifact-error.ts";

export interface JsonLine {
  /** From 1. */
  readonly line: number;
  readonly value: unknown;
}

/** The longest real line seen in public datasets is a few MiB; a file without line breaks must not fill the memory. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const LINE_FEED = 0x0a;

export function lineError(
  source: string,
  line: number,
  message: string,
  field?: string,
  cause?: unknown,
): ArtifactError {
  return new ArtifactError("RECORD_INVALID", `${source}:${line}: ${message}`, {
    line,
    ...(field === undefined ? {} : { field }),
    ...(cause === undefined ? {} : { cause }),
  });
}

function parseLine(bytes: Uint8Array, source: string, line: number): JsonLine | undefined {
  let text: string;
  try {
    // A byte-order mark, as some editors put before the first line, is dropped by the decoder.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw lineError(source, line, "is not UTF-8 text", undefined, cause);
  }
  if (text.trim() === "") return undefined;
  try {
    return { line, value: JSON.parse(text) };
  } catch (cause) {
    throw lineError(source, line, `is not JSON: ${(cause as Error).message}`, undefined, cause);
  }
}

/**
 * Values of a JSON Lines stream with their line numbers; blank lines are passed over.
 *
 * Throws RECORD_INVALID naming `source` and the line that is not UTF-8, not JSON, or too long.
 */
export async function* readJsonLines(content: AsyncIterable<Uint8Array>, source: string): AsyncGenerator<JsonLine> {
  let line = 1;
  let parts: Uint8Array[] = [];
  let pending = 0;
  const take = (last: Uint8Array) => {
    const bytes = parts.length === 0 ? last : Buffer.concat([...parts, last]);
    parts = [];
    pending = 0;
    return parseLine(bytes, source, line++);
  };
  for await (const chunk of content) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const parsed = take(chunk.subarray(start, end));
      start = end + 1;
      if (parsed) yield parsed;
    }
    parts.push(chunk.subarray(start));
    pending += chunk.length - start;
    if (pending > MAX_LINE_BYTES) throw lineError(source, line, `is longer than ${MAX_LINE_BYTES} bytes`);
  }
  const parsed = take(new Uint8Array(0));
  if (parsed) yield parsed;
}
