import type { KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";
import { transpose } from "../loops/matrix.ts";
import { type Cell, OutOfMemoryError, type Store } from "./store.ts";
import { type Kernel, productKernel, type TfjsModule } from "./tfjs-module.ts";

interface HostCell extends Cell {
  values: Float32Array;
  /** The right operand as the TensorFlow.js backend holds it: sent once, used until the cell is released. */
  sent: TensorInfo | undefined;
}

/**
 * Tensors in JavaScript memory; products by the kernel of any TensorFlow.js backend. On `cpu` nothing is copied; on
 * `tensorflow` left operands and results travel, weights stay where they were sent.
 */
export class HostStore implements Store {
  private readonly backend: KernelBackend;
  private readonly kernel: Kernel;

  constructor(tf: TfjsModule, backend: KernelBackend, name: string) {
    this.backend = backend;
    this.kernel = productKernel(tf, name);
  }

  allocate(size: number): HostCell {
    try {
      return { size, values: new Float32Array(size), sent: undefined };
    } catch (cause) {
      throw new OutOfMemoryError(size * Float32Array.BYTES_PER_ELEMENT, cause);
    }
  }

  release(cell: HostCell): void {
    if (cell.sent !== undefined) this.backend.disposeData(cell.sent.dataId);
    cell.sent = undefined;
    cell.values = new Float32Array(0);
  }

  view(cell: HostCell): Float32Array {
    return cell.values;
  }

  multiply(a: HostCell, b: HostCell, rows: number, inner: number, columns: number): HostCell {
    const left = this.send(a, [rows, inner]);
    b.sent ??= this.send(b, [inner, columns]);
    const right = { ...b.sent, shape: [inner, columns] };
    const product = this.kernel({ a: left, b: right }, this.backend);
    const values = this.backend.readSync(product.dataId);
    this.backend.disposeData(left.dataId);
    // A kernel that returns a registered Tensor (tfjs-node) must be disposed of through it.
    if ("dispose" in product && typeof product.dispose === "function") product.dispose();
    else this.backend.disposeData(product.dataId);
    return { size: rows * columns, values: values as Float32Array, sent: undefined };
  }

  transpose(x: HostCell, rows: number, columns: number): HostCell {
    const cell = this.allocate(x.size);
    transpose(cell.values, x.values, rows, columns);
    return cell;
  }

  private send(cell: HostCell, shape: number[]): TensorInfo {
    return { dataId: this.backend.write(cell.values, shape, "float32"), shape, dtype: "float32" };
  }
}
