import { execFile } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { promisify } from "node:util";
import { formatBytes, selfTest } from "@srlm/language-model";
import { createBackend } from "@srlm/tensor-kernels";
import { planEngines, thisMachine } from "../embedded/engine-plan.ts";
import { resolvedBackend } from "../embedded/resolved-backend.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";

export interface BackendCheck {
  readonly backend: string;
  readonly used: boolean;
  readonly ok: boolean;
  /** Fingerprint of one that works, else why it does not. */
  readonly detail: string;
}

export interface Diagnosis {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory_bytes: number;
  readonly engines: number;
  readonly engine_memory_bytes: number;
  readonly backends: readonly BackendCheck[];
  /** Python with what the optional comparisons need; they are never needed to run. */
  readonly python: { readonly command: string; readonly found: boolean; readonly detail: string };
}

const BACKENDS = ["tensorflow", "wasm", "cpu"] as const;
/** Importing torch from a cold disk takes a while. */
const PYTHON_TIMEOUT_MS = 60_000;
const PYTHON_PROBE = [
  "import importlib.metadata as m, platform, sys",
  "def version(name):",
  "    try: return m.version(name)",
  "    except m.PackageNotFoundError: return 'absent'",
  "print('Python ' + platform.python_version() + ', ' + ', '.join(n + ' ' + version(n) for n in ('torch', 'transformers', 'trl')))",
].join("\n");

async function checkBackend(name: (typeof BACKENDS)[number], used: boolean): Promise<BackendCheck> {
  try {
    const backend = await createBackend(name);
    selfTest(backend);
    return { backend: name, used, ok: true, detail: backend.info.fingerprint };
  } catch (error) {
    return { backend: name, used, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function checkPython(): Promise<Diagnosis["python"]> {
  const command = process.env["SRLM_TORCH_PYTHON"] ?? "python3";
  try {
    const { stdout } = await promisify(execFile)(command, ["-c", PYTHON_PROBE], { timeout: PYTHON_TIMEOUT_MS });
    return { command, found: true, detail: stdout.trim() };
  } catch {
    return { command, found: false, detail: "not found" };
  }
}

async function diagnose(): Promise<Diagnosis> {
  const machine = thisMachine();
  const used = resolvedBackend(process.env);
  const { engines, memoryBytes } = planEngines(used, machine, process.env);
  const backends: BackendCheck[] = [];
  for (const name of BACKENDS) backends.push(await checkBackend(name, name === used));
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: machine.cores,
    memory_bytes: totalmem(),
    engines,
    engine_memory_bytes: memoryBytes,
    backends,
    python: await checkPython(),
  };
}

function asText(found: Diagnosis): string {
  const backends = found.backends.map(({ backend, used, ok, detail }) => {
    const state = ok ? "ok, self-test passed" : used ? "FAILED" : "not available";
    return `  ${backend.padEnd(11)} ${state}${used ? " (used)" : ""}\n              ${detail}`;
  });
  return [
    `Node        ${found.node}, ${found.platform}`,
    `CPU         ${found.cpu}, ${found.cores} cores usable`,
    `Memory      ${formatBytes(found.memory_bytes)}`,
    `Engines     ${found.engines} of each stage, ${formatBytes(found.engine_memory_bytes)} each (SRLM_ENGINES, SRLM_ENGINE_MEMORY)`,
    "Backends (SRLM_BACKEND)",
    ...backends,
    `Python      ${found.python.command}: ${found.python.detail} (optional; compares results in tests)`,
    "",
  ].join("\n");
}

/** `srlm doctor`: what this machine offers, and whether the backend in use computes rightly. Returns the exit code. */
export async function doctor(options: { readonly json: boolean }, output: Output): Promise<number> {
  const found = await diagnose();
  output.out(options.json ? `${JSON.stringify(found)}\n` : asText(found));
  const working = found.backends.some(({ used, ok }) => used && ok);
  if (working) return EXIT.ok;
  output.err("The backend in use does not work here: choose another one by SRLM_BACKEND\n");
  return EXIT.failed;
}
