/**
 * `npm run test:tools`: prepares what `npm run test:full` compares with, in a cache folder outside the checkout
 * (`SRLM_TOOLS`, default ~/.cache/srlm/tools). Today: a Python environment with torch and transformers, from PyPI.
 */
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./steps.mjs";

const tools = process.env.SRLM_TOOLS ?? join(homedir(), ".cache/srlm/tools");
const python = join(tools, "python/bin/python");
mkdirSync(tools, { recursive: true });

async function must(command, args) {
  const status = await run(command, args);
  if (status !== 0) {
    console.error(`test:tools: ${command} ${args.join(" ")} ended with ${status}`);
    process.exit(status);
  }
}

if (!existsSync(python)) await must("python3", ["-m", "venv", join(tools, "python")]);
if ((await run(python, ["-c", "import torch, transformers"], { stdio: "ignore" })) !== 0) {
  await must(python, ["-m", "pip", "install", "--quiet", "torch", "transformers", "safetensors"]);
}
console.log(`Python with torch and transformers: ${python}`);
