/**
 * The printable alphabet that byte-level BPE writes bytes in (GPT-2): each of the 256 bytes is one character, so that
 * a vocabulary is text in JSON whatever bytes its tokens hold.
 *
 *   character(b) = b                 if b is printable Latin-1: `!`..`~`, `¡`..`¬`, `®`..`ÿ`
 *   character(b) = U+0100 + k        if b is the k-th byte (from 0) that is not
 *
 * Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2.
 */

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
}

function buildAlphabet(): string[] {
  let remapped = 0;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : 0x100 + remapped++));
}

/** Character of each byte, indexed by the byte. */
export const BYTE_CHARACTERS: readonly string[] = buildAlphabet();

const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

/** UTF-8 bytes as characters of the alphabet. */
export function writeBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += BYTE_CHARACTERS[byte];
  return text;
}

/** The bytes that a text in the alphabet stands for, or undefined where it has a character that is not in it. */
export function readBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const byte = BYTE_OF_CHARACTER.get(text.charAt(index));
    if (byte === undefined) return undefined;
    bytes[index] = byte;
  }
  return bytes;
}
