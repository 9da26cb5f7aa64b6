import type * as tfjs from "@tensorflow/tfjs-core";

/** The part of TensorFlow.js in use; @tensorflow/tfjs-node re-exports it with its own copy of the core. */
export type TfjsModule = Pick<
  typeof tfjs,
  "getKernel" | "findBackend" | "setBackend" | "enableProdMode" | "version_core" | "env"
>;

export type ProductKernel = (
  inputs: { a: tfjs.TensorInfo; b: tfjs.TensorInfo },
  backend: tfjs.KernelBackend,
) => tfjs.TensorInfo;

/**
 * The matrix product of a TensorFlow.js backend, called without the engine around it (which registers every tensor
 * and walks its scopes). Without transpose flags: with them XNNPACK's product is not used.
 */
export function productKernel(tf: TfjsModule, backendName: string): ProductKernel {
  const kernel = tf.getKernel("BatchMatMul", backendName);
  const attrs = { transposeA: false, transposeB: false };
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
