/**
 * How many engine processes a stage gets, and how much memory each may take.
 *
 * WebAssembly and plain JavaScript compute on one thread: an engine per core. TensorFlow uses all cores, or the GPU,
 * by itself: one engine.
 */
import { availableParallelism, totalmem } from "node:os";
import type { BackendChoice } from "@srlm/tensor-kernels";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

export interface EnginePlan {
  readonly engines: number;
  /** Of each engine. */
  readonly memoryBytes: number;
}

export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** The other half is for the data, the other stages and whatever else the machine runs. */
const MEMORY_SHARE = 0.5;
/** One sampling and one training stage may hold memory at the same time. */
const STAGES_AT_ONCE = 2;
/** All that 32-bit addresses reach: more per engine is of no use on wasm. */
const WASM_BYTES = 2 ** 32;

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

export function thisMachine(): Machine {
  return { cores: availableParallelism(), memoryBytes: totalmem() };
}

/** `1073741824`, `1024M`, `1GiB`. */
export function parseBytes(text: string, name: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  const bytes = match === null ? 0 : Number(match[1]) * (UNITS[(match[2] ?? "").toUpperCase()] ?? 1);
  if (bytes >= 1) return Math.floor(bytes);
  throw new CliError(EXIT.usage, `${name} is ${JSON.stringify(text)}: give bytes, such as 2GiB or 512M`);
}

function parseCount(text: string, name: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new CliError(EXIT.usage, `${name} is ${JSON.stringify(text)}: give a whole number of at least 1`);
}

/**
 * SRLM_ENGINES and SRLM_ENGINE_MEMORY (bytes of each engine) where they are set. Otherwise half of the machine's memory
 * is shared out, and there are as many engines as cores, or fewer where the model (`neededBytes`) would not fit then.
 */
export function planEngines(
  backend: BackendChoice,
  machine: Machine,
  environment: Readonly<Record<string, string | undefined>>,
  neededBytes = 0,
): EnginePlan {
  const { SRLM_ENGINES: count, SRLM_ENGINE_MEMORY: memory } = environment;
  const singleThreaded = backend === "wasm" || backend === "cpu";
  const limit = backend === "wasm" ? WASM_BYTES : Number.POSITIVE_INFINITY;
  const shared = machine.memoryBytes * MEMORY_SHARE;
  const fitting = neededBytes > 0 ? Math.floor(shared / STAGES_AT_ONCE / neededBytes) : Number.POSITIVE_INFINITY;
  const engines =
    count === undefined
      ? Math.max(1, Math.min(singleThreaded ? machine.cores : 1, fitting))
      : parseCount(count, "SRLM_ENGINES");
  const memoryBytes =
    memory === undefined
      ? Math.floor(Math.min(limit, shared / STAGES_AT_ONCE / engines))
      : parseBytes(memory, "SRLM_ENGINE_MEMORY");
  return { engines, memoryBytes };
}
