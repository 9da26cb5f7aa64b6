/** Python with torch and transformers: `SRLM_TORCH_PYTHON`, default python3. Tests that need it run where it has both. */
import { execFileSync, spawnSync } from "node:child_process";

const python = process.env["SRLM_TORCH_PYTHON"] ?? "python3";

export const hasTransformers = spawnSync(python, ["-c", "import torch, transformers"]).status === 0;

/** What the script writes to standard output as JSON. */
export function runPython<T>(script: string, ...args: readonly string[]): T {
  const output = execFileSync(python, ["-c", script, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(output) as T;
}
