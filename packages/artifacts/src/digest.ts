import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";

/** 64 lower-case hexadecimal digits; a string is hashed as UTF-8. */
export function sha256Hex(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** 64 bits: with a million records the chance that any two ids meet is 3e-8. */
const ID_DIGITS = 16;

/** Id derived from content: the first 16 hexadecimal digits of sha256 over canonical JSON. */
export function contentId(value: unknown): string {
  return sha256Hex(canonicalJson(value)).slice(0, ID_DIGITS);
}
