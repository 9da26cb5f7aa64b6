import { describe, expect, it } from "vitest";
import { widenToFloat32 } from "./float-formats.ts";

function half(...bits: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(bits).buffer);
}

describe("widenToFloat32", () => {
  it("reads IEEE binary16: normal, subnormal, zero, infinite", () => {
    const values = widenToFloat32(half(0x3c00, 0xc000, 0x3555, 0x0001, 0x03ff, 0x8000, 0x7bff, 0xfc00), "F16");
    expect([...values]).toEqual([
      1,
      -2,
      0.333251953125,
      2 ** -24,
      1023 * 2 ** -24,
      -0,
      65504,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(widenToFloat32(half(0x7e00), "F16")[0]).toBeNaN();
  });

  it("reads bfloat16 as the upper half of an f32", () => {
    expect([...widenToFloat32(half(0x3f80, 0xc049, 0x0000, 0x7f80), "BF16")]).toEqual([
      1,
      -3.140625,
      0,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it("reads f32 from any alignment", () => {
    const padded = new Uint8Array([9, ...new Uint8Array(Float32Array.of(1.5, -0.1).buffer)]).subarray(1);
    expect([...widenToFloat32(padded, "F32")]).toEqual([1.5, Math.fround(-0.1)]);
  });
});
