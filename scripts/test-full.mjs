/**
 * `npm run test:full`: everything, the slow suites included, and a closing table of suites with times. What it
 * compares with is prepared by `npm run test:tools` first; a suite whose peer is missing says so in one line.
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { runSteps } from "./steps.mjs";

const python = join(process.env.SRLM_TOOLS ?? join(homedir(), ".cache/srlm/tools"), "python/bin/python");
const env = existsSync(python) && !process.env.SRLM_TORCH_PYTHON ? { SRLM_TORCH_PYTHON: python } : {};

const passed = await runSteps(
  [
    { name: "checks and tests", command: "node", args: ["scripts/check.mjs"], env },
    { name: "reference values", command: "npm", args: ["run", "--silent", "test:fixtures"], env },
    { name: "slow suites", command: "npx", args: ["vitest", "run", "--config", "vitest.slow.config.ts"], env },
  ],
  { stopAtFailure: false },
);
process.exit(passed ? 0 : 1);
