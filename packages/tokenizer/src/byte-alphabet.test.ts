import { expect, it } from "vitest";
import { BYTE_CHARACTERS, readBytes, writeBytes } from "./byte-alphabet.ts";

it("writes every byte as a character of its own and reads it back", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const written = writeBytes(bytes);
  expect(new Set(written).size).toBe(256);
  expect(readBytes(written)).toEqual(bytes);
});

it("has the characters that published vocabularies show", () => {
  expect(writeBytes(Buffer.from(" \n\t\0é\u{7f}~"))).toBe("ĠĊĉĀÃ©ġ~");
  expect([BYTE_CHARACTERS[0x80], BYTE_CHARACTERS[0xa0], BYTE_CHARACTERS[0xad], BYTE_CHARACTERS[0xff]]).toEqual([
    "Ģ",
    "ł",
    "Ń",
    "ÿ",
  ]);
});

it("reads no bytes from a text with a character beyond the alphabet", () => {
  expect(readBytes("a b")).toBeUndefined();
  expect(readBytes("日")).toBeUndefined();
});
