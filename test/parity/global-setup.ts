import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Refuses a named folder that is missing, says in one line that a default one is, and lists unsupported cases at the end. */
export default async function setup(): Promise<() => void> {
  process.env["SRLM_FIXTURES_RUN"] = String(process.pid);
  const { fixturesDirectory, fixturesNamed, fixturesPresent } = await import("./fixtures.ts");
  const log = join(tmpdir(), `srlm-fixtures-unsupported-${process.pid}.txt`);
  if (!fixturesPresent) {
    if (fixturesNamed) throw new Error(`SRLM_FIXTURES names ${fixturesDirectory}, which does not exist`);
    process.stdout.write(`fixtures: none found at ${fixturesDirectory}; set SRLM_FIXTURES to run them\n`);
  }
  return () => {
    if (!existsSync(log)) return;
    const cases = [...new Set(readFileSync(log, "utf8").trim().split("\n"))].sort();
    process.stdout.write(`\nUnsupported cases: ${cases.length}\n${cases.map((line) => `  ${line}`).join("\n")}\n`);
    rmSync(log);
  };
}
