/**
 * `npm run quickstart`: from a fresh clone to the demonstration's report. Installs and builds where that was not done
 * yet, then runs `srlm run configs/quickstart.yaml` with whatever arguments follow `--`.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "./steps.mjs";

const root = join(import.meta.dirname, "..");
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`srlm needs Node.js 20.19 or newer; this is ${process.versions.node}`);
  process.exit(1);
}

async function step(title, command, args) {
  console.log(title);
  const status = await run(command, args, { cwd: root, env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" } });
  if (status !== 0) process.exit(status);
}

if (!existsSync(join(root, "node_modules/.package-lock.json"))) {
  await step("Installing packages ...", "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}
await step("Building ...", "npm", ["run", "--silent", "build"]);
await step("", "node", ["packages/cli/bin/srlm.js", "run", "configs/quickstart.yaml", ...process.argv.slice(2)]);
