/**
 * The floating point formats that model files use, widened to f32 without loss:
 *
 *   bf16  1 sign, 8 exponent, 7 mantissa bits: the upper half of an f32
 *   f16   1 sign, 5 exponent, 10 mantissa bits (IEEE 754 binary16): value = (-1)^s 2^(e-15) (1 + m/1024),
 *         subnormal (e = 0): (-1)^s 2^-14 m/1024, e = 31: infinity or NaN
 */
export type FloatFormat = "F32" | "F16" | "BF16";

export const bytesPerElement: Readonly<Record<FloatFormat, number>> = { F32: 4, F16: 2, BF16: 2 };

/** Reads little-endian `bytes` (whole elements; any alignment) of `format` as f32. */
export function widenToFloat32(bytes: Uint8Array, format: FloatFormat): Float32Array {
  const count = bytes.byteLength / bytesPerElement[format];
  if (format === "F32") {
    const out = new Float32Array(count);
    new Uint8Array(out.buffer).set(bytes);
    return out;
  }
  const halves = new Uint16Array(count);
  new Uint8Array(halves.buffer).set(bytes);
  return format === "BF16" ? widenBfloat16(halves) : widenFloat16(halves);
}

function widenBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] as number) << 16;
  return new Float32Array(bits.buffer);
}

function widenFloat16(halves: Uint16Array): Float32Array {
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i] as number;
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const mantissa = half & 0x3ff;
    if (exponent === 0) out[i] = sign * 2 ** -24 * mantissa;
    else if (exponent === 31) out[i] = mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    else out[i] = sign * 2 ** (exponent - 25) * (1024 + mantissa);
  }
  return out;
}
