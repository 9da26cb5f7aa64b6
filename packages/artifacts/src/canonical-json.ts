import { ArtifactError } from "./artifact-error.ts";

function refuse(path: string, what: string): never {
  throw new ArtifactError("VALUE_NOT_CANONICAL", `${path || "value"} is ${what}, which JSON cannot hold`, {
    field: path,
  });
}

function write(value: unknown, path: string): string {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "number":
      return Number.isFinite(value) ? JSON.stringify(value) : refuse(path, String(value));
    case "object":
      break;
    default:
      return refuse(path, `a ${typeof value}`);
  }
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${value.map((item, i) => write(item, `${path}[${i}]`)).join(",")}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse(path, `a ${value.constructor.name}`);
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    members.push(`${JSON.stringify(key)}:${write(member, path ? `${path}.${key}` : key)}`);
  }
  return `{${members.join(",")}}`;
}

/**
 * JSON of which equal values have equal bytes: members sorted by UTF-16 code unit, no white space, numbers in
 * ECMAScript's shortest form (-0 is 0), members that are undefined left out (after RFC 8785; unlike it, a lone
 * surrogate is written as its escape and not refused).
 *
 * Throws VALUE_NOT_CANONICAL naming the member for what is not JSON: NaN, an infinity, a typed array, a Date, ...
 */
export function canonicalJson(value: unknown): string {
  return write(value, "");
}
