/** Tokens back to text: the `decoder` section of tokenizer.json. */
import { tokenBytes } from "./bpe-model.ts";
import { unsupportedComponent } from "./tokenizer-error.ts";
import type { JsonComponent } from "./tokenizer-json.ts";

export type TokenDecoder = (tokens: readonly string[]) => string;

// Each maximal broken stretch becomes one U+FFFD, as in Rust's from_utf8_lossy; a leading U+FEFF is text.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads the section: ByteLevel. Throws TokenizerError (TOKENIZER_UNSUPPORTED) for any other. */
export function readDecoder(component: JsonComponent | null | undefined): TokenDecoder {
  if (component?.type !== "ByteLevel") {
    throw unsupportedComponent("decoder.type", JSON.stringify(component?.type ?? null), "ByteLevel");
  }
  return (tokens) => utf8.decode(Buffer.concat(tokens.map(tokenBytes)));
}
