/**
 * What the operations need from a TensorFlow.js backend: memory that JavaScript loops can see, and matrix products.
 * Everything besides products is a loop over typed arrays, because a stock elementwise kernel costs 10-30
 * microseconds each and several passes over memory where one fused loop does.
 */

/** Memory of one tensor. Only the store that made it knows what is in it. */
export interface Cell {
  readonly size: number;
}

export interface Store {
  /** Memory for `size` f32 values, contents undefined. Throws OutOfMemoryError. */
  allocate(size: number): Cell;
  release(cell: Cell): void;
  /**
   * The values, for reading and writing, without a copy. Valid until the next call that makes a cell, which may move
   * the heap: make cells first, then take views.
   */
  view(cell: Cell): Float32Array;
  /**
   * A new cell with a b, for a [rows, inner] and b [inner, columns], none of them 0. The store may keep a packed form
   * of b until b is released, so b must not be written to afterwards.
   */
  multiply(a: Cell, b: Cell, rows: number, inner: number, columns: number): Cell;
  /** A new cell [columns, rows] with the transpose of x [rows, columns]. */
  transpose(x: Cell, rows: number, columns: number): Cell;
}

export class OutOfMemoryError extends Error {
  readonly bytes: number;

  constructor(bytes: number, cause?: unknown) {
    super(
      `The backend could not allocate ${bytes} bytes: use smaller batches, a smaller model, or a backend with more memory`,
      { cause },
    );
    this.name = "OutOfMemoryError";
    this.bytes = bytes;
  }
}
