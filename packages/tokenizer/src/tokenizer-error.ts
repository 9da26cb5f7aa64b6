/** gRPC code names that a tokenizer failure maps to; service-kit translates them at its edge. */
export type TokenizerErrorCode = "INVALID_ARGUMENT";

export type TokenizerErrorReason =
  /** The directory has no tokenizer.json. */
  | "TOKENIZER_MISSING"
  /** A file of the tokenizer is broken: no JSON, a field of the wrong type, an id that occurs twice. */
  | "TOKENIZER_INVALID"
  /** A component or setting that is valid in tokenizer.json, and that this package does not implement. */
  | "TOKENIZER_UNSUPPORTED"
  | "TOKENIZER_TRAINING_INVALID"
  | "TOKEN_ID_OUT_OF_RANGE"
  | "CHAT_TEMPLATE_MISSING"
  /** The template is no valid Jinja. */
  | "CHAT_TEMPLATE_INVALID"
  /** The template was run and gave up on the conversation, e.g. by `raise_exception`. */
  | "CHAT_TEMPLATE_REJECTED";

export interface TokenizerErrorDetails {
  /** File and JSON path, e.g. `tokenizer.json pre_tokenizer.pretokenizers[0].type`, or the option's name. */
  readonly field?: string;
  readonly value?: string;
  readonly cause?: unknown;
}

/** Every failure that this package reports by itself. All of them are the input's: the code is INVALID_ARGUMENT. */
export class TokenizerError extends Error {
  override readonly name = "TokenizerError";
  readonly code: TokenizerErrorCode = "INVALID_ARGUMENT";
  readonly reason: TokenizerErrorReason;
  readonly field: string | undefined;
  readonly value: string | undefined;

  constructor(reason: TokenizerErrorReason, message: string, details: TokenizerErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.field = details.field;
    this.value = details.value;
  }
}

/** A component of tokenizer.json that is valid there and not implemented here, refused by its name and JSON path. */
export function unsupportedComponent(path: string, value: string, supported: string): TokenizerError {
  return new TokenizerError(
    "TOKENIZER_UNSUPPORTED",
    `tokenizer.json: ${path} is ${value}, which is not supported; supported: ${supported}`,
    { field: `tokenizer.json ${path}`, value },
  );
}
