/**
 * What an engine process and its host say to each other, over Node's IPC channel with `advanced` serialisation (typed
 * arrays travel as bytes). For one request: any number of `progress`, then one `result` or one `failure`.
 */
import { LanguageModelError, type LanguageModelReason } from "../errors.ts";

export type HostMessage =
  | { readonly kind: "request"; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly kind: "cancel"; readonly id: number };

export type EngineMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "unready"; readonly error: WireError }
  | { readonly kind: "progress"; readonly id: number; readonly value: unknown }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly error: WireError };

export interface WireError {
  readonly reason: string;
  readonly message: string;
  readonly field?: string | undefined;
  readonly value?: string | undefined;
}

/** An error as it travels. Errors with a `reason` in UPPER_SNAKE keep it; all others become ENGINE_FAILED. */
export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { reason: "ENGINE_FAILED", message: String(error) };
  const { reason, field, value } = error as Partial<Record<"reason" | "field" | "value", unknown>>;
  return {
    reason: typeof reason === "string" ? reason : "ENGINE_FAILED",
    message: error.message,
    field: typeof field === "string" ? field : undefined,
    value: typeof value === "string" ? value : undefined,
  };
}

export function fromWireError({ reason, message, field, value }: WireError): LanguageModelError {
  return new LanguageModelError(reason as LanguageModelReason, message, {
    ...(field === undefined ? {} : { field }),
    ...(value === undefined ? {} : { value }),
  });
}
