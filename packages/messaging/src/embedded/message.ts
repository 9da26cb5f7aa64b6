import { type Headers, MAX_MESSAGE_BYTES } from "../bus.ts";
import { BusError } from "../bus-error.ts";

/** A copy that the sender can no longer change. */
export interface Message {
  readonly id: string;
  readonly data: Uint8Array;
  readonly headers: Headers;
}

/** setTimeout takes no longer delay; it would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export function assertSize(data: Uint8Array): void {
  if (data.byteLength > MAX_MESSAGE_BYTES) {
    throw new BusError(
      "MESSAGE_TOO_LARGE",
      `data has ${data.byteLength} bytes, a message may have ${MAX_MESSAGE_BYTES}: put it into the artifact store and send its reference`,
      { field: "data", value: String(data.byteLength) },
    );
  }
}

export function sealMessage(data: Uint8Array, id: string, headers: Headers | undefined): Message {
  assertSize(data);
  if (id === "")
    throw new BusError("INVALID_OPTION", "options.id must not be empty", { field: "options.id", value: "" });
  // Not slice(): that of a Buffer shares its memory.
  return { id, data: new Uint8Array(data), headers: { ...headers } };
}

export function assertWhole(value: number, field: string, min: number, max = MAX_DELAY_MS): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new BusError("INVALID_OPTION", `${field} must be a whole number from ${min} to ${max}, got ${value}`, {
      field,
      value: String(value),
    });
  }
}
