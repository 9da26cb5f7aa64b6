import { type Document, isCollection, isMap, isScalar, parseDocument } from "yaml";
import type { ConfigIssue } from "./config-error.ts";

export interface Override {
  /** As given: `dpo.beta=0.2`. */
  readonly text: string;
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** Reads `key=value`: a dotted path (numbers count into lists) and a YAML value. */
export function parseOverride(text: string): Override | ConfigIssue {
  const at = text.indexOf("=");
  const keys = text.slice(0, Math.max(at, 0)).split(".");
  if (at <= 0 || keys.some((key) => key.trim() === "")) {
    return { field: "", problem: "must be key=value with a dotted path as key, such as dpo.beta=0.2", override: text };
  }
  const value = parseDocument(text.slice(at + 1));
  const [error] = value.errors;
  const field = keys.join(".");
  if (error !== undefined) return { field, problem: `is no YAML value: ${error.message}`, override: text };
  const path = keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key.trim()));
  return { text, path, value: value.toJS() };
}

/** Why an override cannot be set: a step of its path meets a value that holds no others. */
function obstacle(document: Document, override: Override): string | undefined {
  for (let length = 1; length < override.path.length; length++) {
    const node = document.getIn(override.path.slice(0, length), true);
    if (node === undefined || (isScalar(node) && node.value === null)) continue;
    if (!isCollection(node)) return `${override.path.slice(0, length).join(".")} is a value and has no fields`;
  }
  return undefined;
}

/** Sets the values in the document, in order; what cannot be set is an issue. */
export function applyOverrides(document: Document, overrides: readonly Override[]): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (overrides.length > 0 && !isMap(document.contents)) document.contents = document.createNode({}) as never;
  for (const override of overrides) {
    const problem = obstacle(document, override);
    if (problem !== undefined) {
      issues.push({ field: override.path.join("."), problem, override: override.text });
      continue;
    }
    const parent = override.path.slice(0, -1);
    for (let length = 1; length <= parent.length; length++) {
      const node = document.getIn(parent.slice(0, length), true);
      if (!isCollection(node)) document.setIn(parent.slice(0, length), document.createNode({}));
    }
    document.setIn(override.path, document.createNode(override.value));
  }
  return issues;
}
