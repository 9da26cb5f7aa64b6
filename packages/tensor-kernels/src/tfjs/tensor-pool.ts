import type { MemoryUse, Tensor } from "../backend.ts";
import type { Cell, Store } from "./store.ts";

const BYTES = Float32Array.BYTES_PER_ELEMENT;

type Scope = Set<PooledTensor>;

/** A tensor of the pool. `cell` is replaced, never shared: two tensors never have the same memory. */
export class PooledTensor implements Tensor {
  readonly dtype = "f32";
  readonly shape: readonly number[];
  readonly size: number;
  cell: Cell | undefined;
  /** The transpose of a matrix that served as weights, made on first use. */
  transposed: Cell | undefined;
  /** The store may hold a packed copy of `cell`: before a write it gets a new cell. */
  packed = false;
  scope: Scope | undefined;
  readonly pool: TensorPool;

  constructor(pool: TensorPool, shape: readonly number[], cell: Cell, scope: Scope | undefined) {
    this.pool = pool;
    this.shape = shape;
    this.size = cell.size;
    this.cell = cell;
    this.scope = scope;
  }
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Tensors and their scopes over a store. */
export class TensorPool {
  readonly store: Store;
  private readonly scopes: Scope[] = [];
  private tensors = 0;
  private bytes = 0;

  constructor(store: Store) {
    this.store = store;
  }

  memory(): MemoryUse {
    return { tensors: this.tensors, bytes: this.bytes };
  }

  scope<R>(body: (keep: <X extends Tensor>(tensor: X) => X) => R): R {
    const scope: Scope = new Set();
    const outer = this.scopes.at(-1);
    this.scopes.push(scope);
    const keep = <X extends Tensor>(tensor: X): X => {
      const pooled = this.own(tensor);
      if (scope.delete(pooled)) {
        pooled.scope = outer;
        outer?.add(pooled);
      }
      return tensor;
    };
    try {
      return body(keep);
    } finally {
      this.scopes.pop();
      for (const tensor of scope) this.release(tensor);
    }
  }

  /** A tensor with undefined contents. */
  make(shape: readonly number[]): PooledTensor {
    return this.adopt(this.store.allocate(sizeOf(shape)), shape);
  }

  adopt(cell: Cell, shape: readonly number[]): PooledTensor {
    const scope = this.scopes.at(-1);
    const tensor = new PooledTensor(this, shape, cell, scope);
    scope?.add(tensor);
    this.tensors++;
    this.bytes += cell.size * BYTES;
    return tensor;
  }

  free(tensor: Tensor): void {
    const pooled = this.own(tensor);
    pooled.scope?.delete(pooled);
    this.release(pooled);
  }

  private release(tensor: PooledTensor): void {
    this.forgetTransposed(tensor);
    this.store.release(tensor.cell!);
    this.tensors--;
    this.bytes -= tensor.size * BYTES;
    tensor.cell = undefined;
    tensor.scope = undefined;
  }

  private forgetTransposed(tensor: PooledTensor): void {
    if (tensor.transposed === undefined) return;
    this.store.release(tensor.transposed);
    this.bytes -= tensor.size * BYTES;
    tensor.transposed = undefined;
  }

  /** The tensor behind a handle; throws where it is not one of ours or was freed. */
  own(tensor: Tensor): PooledTensor {
    if (!(tensor instanceof PooledTensor) || tensor.pool !== this) {
      throw new TypeError("The tensor belongs to another backend");
    }
    if (tensor.cell === undefined) {
      throw new Error(`A tensor of shape [${tensor.shape.join(", ")}] was used after it was freed`);
    }
    return tensor;
  }

  /** Values for reading; see `Store.view` for how long they are valid. */
  read(tensor: Tensor): Float32Array {
    return this.store.view(this.own(tensor).cell!);
  }

  /** Gets a tensor ready to be written to. Call it before any view is taken. */
  touch(tensor: Tensor): void {
    const pooled = this.own(tensor);
    this.forgetTransposed(pooled);
    if (!pooled.packed) return;
    const fresh = this.store.allocate(pooled.size);
    this.store.view(fresh).set(this.store.view(pooled.cell!));
    this.store.release(pooled.cell!);
    pooled.cell = fresh;
    pooled.packed = false;
  }

  /** The cell as right operand of a product. */
  asRight(tensor: Tensor): Cell {
    const pooled = this.own(tensor);
    pooled.packed = true;
    return pooled.cell!;
  }

  /** The transpose of a matrix as right operand, kept until the matrix is freed or written to. */
  transposedRight(tensor: Tensor): Cell {
    const pooled = this.own(tensor);
    if (pooled.transposed === undefined) {
      const [rows, columns] = pooled.shape;
      pooled.transposed = this.store.transpose(pooled.cell!, rows!, columns!);
      this.bytes += pooled.size * BYTES;
    }
    return pooled.transposed;
  }

  /** The transpose of a matrix as a new tensor. */
  transpose(tensor: Tensor): PooledTensor {
    const pooled = this.own(tensor);
    const [rows, columns] = pooled.shape;
    return this.adopt(this.store.transpose(pooled.cell!, rows!, columns!), [columns!, rows!]);
  }
}
