import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical-json.ts";
import { contentId, sha256Hex } from "./digest.ts";

describe("canonicalJson", () => {
  it("does not depend on the order of members, at any depth", () => {
    expect(canonicalJson({ b: [{ z: 1, y: 2 }], a: null })).toBe('{"a":null,"b":[{"y":2,"z":1}]}');
    expect(canonicalJson({ a: null, b: [{ y: 2, z: 1 }] })).toBe('{"a":null,"b":[{"y":2,"z":1}]}');
  });

  it("sorts by UTF-16 code unit, as the example of RFC 8785 does", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\u{1f600}": 5, "\u0080": 6, "\u00f6": 7 };
    const expected = '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}';
    expect(canonicalJson(value)).toBe(expected);
  });

  it("writes numbers in one way", () => {
    expect(canonicalJson([1.0, -0, 1e21, 1e-7, 0.1 + 0.2, 1 / 3])).toBe(
      "[1,0,1e+21,1e-7,0.30000000000000004,0.3333333333333333]",
    );
  });

  it("reads back to the same value", () => {
    const value = { text: 'quote " \\ \n \u2028 \ud800 😀', list: [true, false, null, 1.5], nested: { "": {} } };
    expect(JSON.parse(canonicalJson(value))).toEqual(value);
    expect(canonicalJson({ kept: 1, left: undefined })).toBe('{"kept":1}');
  });

  it.each([
    [{ scores: [1, Number.NaN] }, "scores[1] is NaN"],
    [{ a: { b: Number.POSITIVE_INFINITY } }, "a.b is Infinity"],
    [{ ids: new Int32Array(2) }, "ids is a Int32Array"],
    [{ at: new Date(0) }, "at is a Date"],
    [[undefined], "[0] is a undefined"],
    [{ n: 1n }, "n is a bigint"],
  ])("refuses what JSON cannot hold, by name", (value, message) => {
    expect(() => canonicalJson(value)).toThrow(message);
  });
});

describe("contentId", () => {
  it("is the first 16 digits of sha256 over canonical JSON", () => {
    expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(contentId({ b: 1, a: 2 })).toBe(sha256Hex('{"a":2,"b":1}').slice(0, 16));
  });
});
