import { type Document, isMap, isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { ConfigError, type ConfigIssue } from "./config-error.ts";
import { crossCheck } from "./cross-check.ts";
import { knownKeys } from "./known-keys.ts";
import { nearestKey } from "./nearest-key.ts";
import { applyOverrides, type Override, parseOverride } from "./overrides.ts";
import { type Config, configSchema } from "./schema.ts";

export interface ParseOptions {
  /** `key=value` each, applied in order. */
  readonly overrides?: readonly string[];
  /** What messages call the configuration, such as its path. */
  readonly source?: string;
}

type Path = readonly PropertyKey[];

/** Finds lines of fields, and the overrides that brought them. */
class Places {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #overrides: readonly Override[];

  constructor(document: Document, lines: LineCounter, overrides: readonly Override[]) {
    this.#document = document;
    this.#lines = lines;
    this.#overrides = overrides;
  }

  /** Place of the field itself, or where it is missing, of the innermost section around it. */
  of(path: Path): Pick<ConfigIssue, "line" | "override"> {
    const override = this.#overrides.findLast((one) => isPrefix(one.path, path));
    if (override !== undefined) return { override: override.text };
    for (let length = path.length; length > 0; length--) {
      const offset = this.#offset(path.slice(0, length));
      if (offset !== undefined) return { line: this.#lines.linePos(offset).line };
    }
    return {};
  }

  #offset(path: Path): number | undefined {
    const parent = path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
    const key = path.at(-1);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => String(item.key) === String(key));
      return pair !== undefined && isNode(pair.key) ? pair.key.range?.[0] : undefined;
    }
    const node = this.#document.getIn(path, true);
    return isNode(node) ? node.range?.[0] : undefined;
  }
}

function isPrefix(prefix: Path, path: Path): boolean {
  return prefix.length <= path.length && prefix.every((key, i) => String(key) === String(path[i]));
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function shown(value: unknown): Pick<ConfigIssue, "value"> {
  if (value === undefined) return {};
  const json = JSON.stringify(value);
  return { value: json.length > 80 ? `${json.slice(0, 77)}...` : json };
}

function toIssues(issue: z.core.$ZodIssue, input: unknown, places: Places): ConfigIssue[] {
  const field = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(configSchema, issue.path);
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const nearest = nearestKey(key, known);
      const hint = nearest === undefined ? `unknown key; known are ${known.join(", ")}` : "unknown key";
      return {
        field: path.join("."),
        problem: hint,
        ...places.of(path),
        ...(nearest === undefined ? {} : { nearest }),
      };
    });
  }
  const value = valueAt(input, issue.path);
  if (value === undefined && issue.code === "invalid_type") {
    return [{ field, problem: `is missing; it must be ${issue.expected}`, ...places.of(issue.path) }];
  }
  const nearest =
    issue.code === "invalid_value" && typeof value === "string"
      ? nearestKey(value, issue.values.map(String))
      : undefined;
  return [
    {
      field,
      problem: problemOf(issue),
      ...shown(value),
      ...places.of(issue.path),
      ...(nearest === undefined ? {} : { nearest }),
    },
  ];
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_union") return "must be {better, than} or {model, within, of}";
  if (issue.code === "invalid_value") return `must be one of ${issue.values.join(", ")}`;
  if (issue.code === "invalid_type") return `must be ${issue.expected}`;
  if (issue.code === "too_small" && issue.origin !== "string") {
    return `must be ${issue.inclusive === false ? "greater than" : "at least"} ${issue.minimum}`;
  }
  if (issue.code === "too_big")
    return `must be ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`;
  return issue.message;
}

/** The input without its unknown keys, so that what else is wrong with it can be told too. */
function withoutUnknown(input: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy = structuredClone(input);
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const parent = valueAt(copy, issue.path) as Record<string, unknown>;
    for (const key of issue.keys) delete parent[key];
  }
  return copy;
}

function check(input: unknown, places: Places): { config: Config | undefined; issues: ConfigIssue[] } {
  const parsed = configSchema.safeParse(input);
  const found = parsed.success ? [] : parsed.error.issues;
  const issues = found.flatMap((issue) => toIssues(issue, input, places));
  const known = parsed.success ? parsed : configSchema.safeParse(withoutUnknown(input, found));
  if (!known.success) return { config: undefined, issues };
  for (const { path, problem } of crossCheck(known.data)) {
    issues.push({ field: path.join("."), problem, ...shown(valueAt(input, path)), ...places.of(path) });
  }
  // Defaults that depend on other fields come last; read again, all fields stand in the order of the schema.
  return { config: configSchema.parse(known.data), issues };
}

/**
 * Reads a configuration: YAML, overrides, defaults. A pure function.
 *
 * @throws ConfigError naming every issue at once with line, field, value and the nearest known key. Checks between
 *   fields need all fields to be well-formed and are told once they are.
 */
export function parseConfig(text: string, options: ParseOptions = {}): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const syntax = document.errors.map((error) => ({
      field: "",
      problem: `is no YAML: ${error.message}`,
      line: lines.linePos(error.pos[0]).line,
    }));
    throw new ConfigError(syntax, options.source);
  }
  const read = (options.overrides ?? []).map(parseOverride);
  const overrides = read.filter((one): one is Override => "path" in one);
  const issues: ConfigIssue[] = read.filter((one): one is ConfigIssue => !("path" in one));
  issues.push(...applyOverrides(document, overrides));
  const result = check(document.toJS() ?? {}, new Places(document, lines, overrides));
  issues.push(...result.issues);
  if (issues.length > 0 || result.config === undefined) throw new ConfigError(issues, options.source);
  return result.config;
}
