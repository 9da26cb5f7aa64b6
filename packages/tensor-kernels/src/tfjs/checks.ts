import type { Tensor } from "../backend.ts";

/** Throws unless `tensor` has the shape; -1 stands for any length. */
export function expectShape(name: string, tensor: Tensor, shape: readonly number[]): void {
  const fits =
    tensor.shape.length === shape.length && shape.every((length, i) => length === -1 || length === tensor.shape[i]);
  if (!fits) {
    const wanted = shape.map((length) => (length === -1 ? "any" : length)).join(", ");
    throw new RangeError(`${name} has shape [${tensor.shape.join(", ")}], expected [${wanted}]`);
  }
}

export function expectSameShape(name: string, tensor: Tensor, like: Tensor): void {
  expectShape(name, tensor, like.shape);
}

export function expectLength(name: string, values: ArrayLike<number>, length: number): void {
  if (values.length !== length) throw new RangeError(`${name} has ${values.length} elements, expected ${length}`);
}

/** Throws unless every index is an integer in 0..limit-1. */
export function expectIndices(name: string, indices: Int32Array, limit: number): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (index < 0 || index >= limit) throw new RangeError(`${name}[${i}] is ${index}, expected 0..${limit - 1}`);
  }
}

/** Throws unless offsets are 0 = first <= ... <= last = tokens. */
export function expectOffsets(offsets: Int32Array, tokens: number): void {
  if (offsets.length === 0 || offsets[0] !== 0 || offsets[offsets.length - 1] !== tokens) {
    throw new RangeError(
      `offsets go from ${offsets[0]} to ${offsets[offsets.length - 1]}, expected from 0 to the ${tokens} tokens`,
    );
  }
  for (let b = 0; b + 1 < offsets.length; b++) {
    if (offsets[b + 1]! < offsets[b]!) throw new RangeError(`offsets[${b + 1}] is below offsets[${b}]`);
  }
}
