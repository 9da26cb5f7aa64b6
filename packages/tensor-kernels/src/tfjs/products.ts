import type { Tensor } from "../backend.ts";
import { addScaled } from "../loops/matrix.ts";
import type { Cell } from "./store.ts";
import { type PooledTensor, sizeOf, type TensorPool } from "./tensor-pool.ts";

/** a b^T for a [M, K], b [N, K]: [M, N]. The transpose of b is kept with b. */
export function timesTransposed(pool: TensorPool, a: Tensor, b: Tensor): PooledTensor {
  const [rows, inner] = matrix(a);
  const columns = matrix(b)[0];
  return product(pool, pool.own(a).cell!, rows, inner, columns, () => pool.transposedRight(b));
}

/** a b for a [M, K], b [K, N]: [M, N]. */
export function times(pool: TensorPool, a: Tensor, b: Tensor): PooledTensor {
  const [rows, inner] = matrix(a);
  return product(pool, pool.own(a).cell!, rows, inner, matrix(b)[1], () => pool.asRight(b));
}

/**
 * target [M, N] += a^T b for a [K, M], b [K, N]. The right operand of a product is packed, which for a large K costs
 * as much as the product: where a is the narrower one, (b^T a)^T is computed instead.
 */
export function accumulateTransposedTimes(pool: TensorPool, target: Tensor, a: Tensor, b: Tensor): void {
  const [inner, rows] = matrix(a);
  const columns = matrix(b)[1];
  if (inner === 0) return;
  pool.scope(() => {
    const sum = rows < columns ? pool.transpose(times(pool, pool.transpose(b), a)) : times(pool, pool.transpose(a), b);
    pool.touch(target);
    addScaled(pool.read(target), pool.read(sum), 1);
  });
}

function matrix(tensor: Tensor): [number, number] {
  return [tensor.shape[0]!, tensor.shape[1]!];
}

function product(
  pool: TensorPool,
  left: Cell,
  rows: number,
  inner: number,
  columns: number,
  right: () => Cell,
): PooledTensor {
  const shape = [rows, columns];
  if (sizeOf([rows, inner, columns]) > 0) {
    return pool.adopt(pool.store.multiply(left, right(), rows, inner, columns), shape);
  }
  const empty = pool.make(shape);
  pool.read(empty).fill(0);
  return empty;
}
