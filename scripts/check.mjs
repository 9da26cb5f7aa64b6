/**
 * `npm test`: every check and every test of a change. Stops at the first step that fails.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSteps } from "./steps.mjs";

const scratch = mkdtempSync(join(tmpdir(), "srlm-check-"));
const results = join(scratch, "vitest.json");

const passed = await runSteps(
  [
    { name: "contracts match proto/", command: "node", args: ["scripts/generate-contracts.mjs", "check"] },
    { name: "build", command: "npm", args: ["run", "--silent", "build"], env: { TURBO_TELEMETRY_DISABLED: "1" } },
    { name: "types", command: "npm", args: ["run", "--silent", "typecheck"] },
    { name: "lint and format", command: "npm", args: ["run", "--silent", "lint"] },
    {
      name: "tests",
      command: "npx",
      args: ["vitest", "run", "--reporter=dot", "--reporter=json", `--outputFile.json=${results}`],
    },
  ],
  { stopAtFailure: true },
);

try {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(results, "utf8"));
  console.log(`\n${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
} catch {
  console.log("\nno test was run");
}
rmSync(scratch, { recursive: true });
process.exit(passed ? 0 : 1);
