import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";
import { type Cell, OutOfMemoryError, type Store } from "./store.ts";
import { type Kernel, productKernel, type TfjsModule, transposeKernel } from "./tfjs-module.ts";

interface HeapCell extends Cell {
  readonly info: TensorInfo;
}

/** Tensors in the heap of the WebAssembly module, which JavaScript sees through typed arrays; products by XNNPACK. */
export class HeapStore implements Store {
  private readonly backend: BackendWasm;
  private readonly product: Kernel;
  private readonly transposition: Kernel;

  constructor(tf: TfjsModule, backend: KernelBackend) {
    this.backend = backend as BackendWasm;
    this.product = productKernel(tf, "wasm");
    this.transposition = transposeKernel(tf, "wasm");
    checkAllocations(this.backend);
  }

  allocate(size: number): HeapCell {
    return { size, info: this.backend.makeOutput([size], "float32") };
  }

  release(cell: HeapCell): void {
    this.backend.disposeData(cell.info.dataId);
  }

  view(cell: HeapCell): Float32Array {
    return this.backend.typedArrayFromHeap(cell.info) as Float32Array;
  }

  multiply(a: HeapCell, b: HeapCell, rows: number, inner: number, columns: number): HeapCell {
    const left = { ...a.info, shape: [rows, inner] };
    const right = { ...b.info, shape: [inner, columns] };
    return { size: rows * columns, info: this.product({ a: left, b: right }, this.backend) };
  }

  transpose(x: HeapCell, rows: number, columns: number): HeapCell {
    const matrix = { ...x.info, shape: [rows, columns] };
    return { size: x.size, info: this.transposition({ x: matrix }, this.backend) };
  }
}

const guarded = new WeakSet<object>();

/** Emscripten's sbrk takes a signed number: a larger request would move the end of the heap backwards. */
const LARGEST_REQUEST = 2 ** 31 - 1;

/**
 * TensorFlow.js does not look at what malloc returns; at the end of the heap it would write to address 0. One check
 * inside malloc covers its own allocations too.
 */
function checkAllocations(backend: BackendWasm): void {
  const module = backend.wasm as unknown as { _malloc(bytes: number): number; _free(address: number): void };
  if (guarded.has(module)) return;
  guarded.add(module);
  // The first call replaces a stub by the function itself, and would undo what comes below.
  module._free(module._malloc(1));
  const allocate = module._malloc.bind(module);
  module._malloc = (bytes: number): number => {
    const address = bytes > LARGEST_REQUEST ? 0 : allocate(Math.max(bytes, 1));
    if (address === 0) throw new OutOfMemoryError(bytes);
    return address;
  };
}
