/**
 * Runs named commands one after the other, and prints a closing table of what passed and how long it took.
 */
import { spawn } from "node:child_process";

/** Runs one command with its output shown; resolves to its exit status (128 + signal where it was killed). */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit", ...options });
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : 1)));
  });
}

/**
 * @param steps [{ name, command, args, env? }]
 * @param options stopAtFailure: leave the rest out after the first failure
 * @returns whether all passed
 */
export async function runSteps(steps, { stopAtFailure }) {
  const rows = [];
  for (const step of steps) {
    console.log(`\n── ${step.name}`);
    const start = performance.now();
    const status = await run(step.command, step.args, { env: { ...process.env, ...step.env } });
    rows.push({ name: step.name, passed: status === 0, seconds: (performance.now() - start) / 1000 });
    if (status !== 0 && stopAtFailure) break;
  }
  for (const step of steps.slice(rows.length)) rows.push({ name: step.name, passed: undefined, seconds: 0 });
  const width = Math.max(...rows.map((row) => row.name.length));
  console.log("");
  for (const { name, passed, seconds } of rows) {
    const verdict = passed === undefined ? "not run" : passed ? "passed" : "FAILED";
    console.log(`${name.padEnd(width)}  ${verdict.padEnd(7)}  ${seconds.toFixed(1).padStart(7)} s`);
  }
  return rows.every((row) => row.passed);
}
