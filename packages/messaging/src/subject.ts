import { BusError, type BusErrorReason } from "./bus-error.ts";

/** What both a NATS subject token and a JetStream key-value key may hold. */
const TOKEN = /^[A-Za-z0-9_=/-]+$/;
const NAME = /^[A-Za-z0-9_-]+$/;
const TOKEN_HELP = "dot-separated tokens of A-Z a-z 0-9 _ - = /";

/** Well under nats-server's limit on a protocol line (4 KiB) and LMDB's on a key (1978 bytes). */
const MAX_SUBJECT_LENGTH = 512;
/** Stream and consumer names become file names on a NATS server. */
const MAX_NAME_LENGTH = 128;

function invalid(reason: BusErrorReason, field: string, value: string, must: string): BusError {
  return new BusError(reason, `${field} must be ${must}, got ${JSON.stringify(value)}`, { field, value });
}

function isTokens(value: string): boolean {
  return value.length <= MAX_SUBJECT_LENGTH && value.split(".").every((token) => TOKEN.test(token));
}

export function assertSubject(subject: string, field = "subject"): void {
  if (!isTokens(subject)) {
    throw invalid("INVALID_SUBJECT", field, subject, `${TOKEN_HELP}, ${MAX_SUBJECT_LENGTH} characters at most`);
  }
}

export function assertKey(key: string): void {
  if (!isTokens(key)) {
    throw invalid("INVALID_KEY", "key", key, `${TOKEN_HELP}, ${MAX_SUBJECT_LENGTH} characters at most`);
  }
}

export function assertName(name: string, field: string): void {
  if (name.length > MAX_NAME_LENGTH || !NAME.test(name)) {
    throw invalid("INVALID_NAME", field, name, `1 to ${MAX_NAME_LENGTH} of A-Z a-z 0-9 _ -`);
  }
}

/**
 * Compiles a filter to a test of subjects or keys. `*` stands for exactly one token, `>` (last token only) for one
 * token or more, as in NATS.
 */
export function compileFilter(filter: string): (subject: string) => boolean {
  const pattern = filter.split(".");
  const open = pattern.at(-1) === ">";
  const fixed = open ? pattern.slice(0, -1) : pattern;
  if (filter.length > MAX_SUBJECT_LENGTH || !fixed.every((token) => token === "*" || TOKEN.test(token))) {
    throw invalid("INVALID_FILTER", "filter", filter, `${TOKEN_HELP}, or * for one token, or > as the last one`);
  }
  if (!open && !fixed.includes("*")) return (subject) => subject === filter;
  return (subject) => {
    const tokens = subject.split(".");
    if (open ? tokens.length <= fixed.length : tokens.length !== fixed.length) return false;
    return fixed.every((token, i) => token === "*" || token === tokens[i]);
  };
}

/** The literal beginning that every match of the filter has: where a sorted scan may start. */
export function literalPrefix(filter: string): string {
  const wildcard = filter.search(/[*>]/);
  return wildcard === -1 ? filter : filter.slice(0, wildcard);
}
