import type * as tfjs from "@tensorflow/tfjs-core";

/** The part of TensorFlow.js in use; @tensorflow/tfjs-node re-exports it with its own copy of the core. */
export type TfjsModule = Pick<
  typeof tfjs,
  "getKernel" | "findBackend" | "setBackend" | "enableProdMode" | "version_core" | "env"
>;

/** A kernel of a TensorFlow.js backend with its attributes filled in. */
export type Kernel = (inputs: tfjs.NamedTensorInfoMap, backend: tfjs.KernelBackend) => tfjs.TensorInfo;

/**
 * Kernels are called without the engine around them, which registers every tensor and walks its scopes.
 * `BatchMatMul` goes without transpose flags: with them XNNPACK's product is not used.
 */
export function productKernel(tf: TfjsModule, backendName: string): Kernel {
  return kernelOf(tf, backendName, "BatchMatMul", { transposeA: false, transposeB: false });
}

export function transposeKernel(tf: TfjsModule, backendName: string): Kernel {
  return kernelOf(tf, backendName, "Transpose", { perm: [1, 0] });
}

function kernelOf(tf: TfjsModule, backendName: string, kernelName: string, attrs: tfjs.NamedAttrMap): Kernel {
  const kernel = tf.getKernel(kernelName, backendName);
  return (inputs, backend) => {
    const output = kernel.kernelFunc({ inputs, backend, attrs });
    return Array.isArray(output) ? output[0]! : output;
  };
}

/** Starts a registered TensorFlow.js backend and returns it. */
export async function startTfjsBackend(tf: TfjsModule, name: string): Promise<tfjs.KernelBackend> {
  // Production mode only silences the advice to install another backend and skips debug checks.
  tf.enableProdMode();
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not start its backend "${name}"`);
  return tf.findBackend(name);
}
