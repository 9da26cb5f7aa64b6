import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Backend, BackendInfo, BackendName } from "./backend.ts";
import { HeapStore } from "./tfjs/heap-store.ts";
import { HostStore } from "./tfjs/host-store.ts";
import { TfjsBackend } from "./tfjs/tfjs-backend.ts";
import { startTfjsBackend, type TfjsModule } from "./tfjs/tfjs-module.ts";

export type BackendChoice = "auto" | BackendName;

const CHOICES: readonly string[] = ["auto", "tensorflow", "wasm", "cpu"] satisfies BackendChoice[];

/** In order of preference: the first that is installed is used. */
const TENSORFLOW_PACKAGES = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"];

/** The most that TensorFlow.js's WebAssembly modules declare: all that 32-bit addresses reach. */
const WASM_HEAP_BYTES = 2 ** 32;

const require = createRequire(import.meta.url);

/** The backend asked for by the environment variable SRLM_BACKEND, "auto" where it is not set. */
export function backendChoice(environment: Readonly<Record<string, string | undefined>>): BackendChoice {
  const value = environment["SRLM_BACKEND"] ?? "auto";
  if (!CHOICES.includes(value)) {
    throw new RangeError(`SRLM_BACKEND is "${value}": use one of ${CHOICES.join(", ")}`);
  }
  return value as BackendChoice;
}

/** The backends that `createBackend` can be expected to start here. */
export function installedBackends(): BackendName[] {
  return TENSORFLOW_PACKAGES.some(isInstalled) ? ["tensorflow", "wasm", "cpu"] : ["wasm", "cpu"];
}

/**
 * Starts a backend. "auto" takes `tensorflow` where @tensorflow/tfjs-node-gpu or tfjs-node is installed and loads,
 * else `wasm`. Throws where the one asked for cannot start.
 */
export async function createBackend(choice: BackendChoice): Promise<Backend> {
  switch (choice) {
    case "cpu":
      return createCpu();
    case "wasm":
      return createWasm();
    case "tensorflow":
      return createTensorflow(TENSORFLOW_PACKAGES);
    case "auto":
      return TENSORFLOW_PACKAGES.some(isInstalled) ? createTensorflow(TENSORFLOW_PACKAGES) : createWasm();
  }
}

async function createCpu(): Promise<Backend> {
  const tf = await import("@tensorflow/tfjs-core");
  const { version_cpu: version } = await import("@tensorflow/tfjs-backend-cpu");
  const info = describe("cpu", `tfjs-backend-cpu ${version}`, "scalar", true, undefined);
  return new TfjsBackend(info, new HostStore(tf, await startTfjsBackend(tf, "cpu"), "cpu"));
}

async function createWasm(): Promise<Backend> {
  const tf = await import("@tensorflow/tfjs-core");
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(dirname(require.resolve("@tensorflow/tfjs-backend-wasm")) + sep);
  const backend = await withoutProcessHandlers(() => startTfjsBackend(tf, "wasm"));
  const simd = (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) === true;
  const library = `tfjs-backend-wasm ${wasm.version_wasm}`;
  const info = describe("wasm", library, simd ? "simd128" : "scalar", true, WASM_HEAP_BYTES);
  return new TfjsBackend(info, new HeapStore(tf, backend));
}

interface TensorflowModule extends TfjsModule {
  readonly version: Readonly<Record<string, string>>;
}

/** Exported for tests: `packages` are tried in order. */
export async function createTensorflow(packages: readonly string[]): Promise<Backend> {
  const failures: unknown[] = [];
  for (const name of packages.filter(isInstalled)) {
    try {
      const loaded = (await import(pathToFileURL(require.resolve(name)).href)) as {
        default?: TensorflowModule;
      } & TensorflowModule;
      const tf = loaded.default ?? loaded;
      const backend = await startTfjsBackend(tf, "tensorflow");
      const build = name.endsWith("-gpu") ? "libtensorflow gpu" : "libtensorflow cpu";
      // libtensorflow chooses kernels and threads by the number of rows.
      const info = describe("tensorflow", `${name} ${tf.version["tfjs-core"] ?? ""}`, build, false, undefined);
      return new TfjsBackend(info, new HostStore(tf, backend, "tensorflow"));
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 0) {
    throw new AggregateError(
      failures,
      `The backend "tensorflow" is installed but did not load: ${String(failures[0])}`,
    );
  }
  throw new Error(`The backend "tensorflow" needs ${packages.join(" or ")}: install one, or use SRLM_BACKEND=wasm`);
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

function describe(
  name: BackendName,
  library: string,
  instructionSet: string,
  batchInvariant: boolean,
  memoryLimitBytes: number | undefined,
): BackendInfo {
  // The loops' exp, log, sin and cos are V8's.
  const fingerprint = [name, library, instructionSet, "f32", `v8 ${process.versions.v8}`].join(", ");
  return { name, library, instructionSet, dtype: "f32", batchInvariant, memoryLimitBytes, fingerprint };
}

/**
 * Emscripten's start-up code listens to uncaught exceptions and rejections of the whole process and throws them
 * again, which would bypass the handlers of the program around it: what it adds is taken away again.
 */
async function withoutProcessHandlers<R>(start: () => Promise<R>): Promise<R> {
  const events = ["uncaughtException", "unhandledRejection"];
  const before = new Set(events.flatMap((event) => process.rawListeners(event)));
  try {
    return await start();
  } finally {
    for (const event of events) {
      for (const listener of process.rawListeners(event)) {
        if (!before.has(listener)) process.off(event, listener as (...args: unknown[]) => void);
      }
    }
  }
}
