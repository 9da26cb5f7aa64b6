import { existsSync, readFileSync, rmSync } from "node:fs";

/** Refuses a named folder that is missing, says in one line that a default one is, and lists at the end what was left out. */
export default async function setup(): Promise<() => void> {
  process.env["SRLM_FIXTURES_RUN"] = String(process.pid);
  const { fixturesDirectory, fixturesNamed, fixturesPresent, leftOutLog } = await import("./fixtures.ts");
  if (!fixturesPresent) {
    if (fixturesNamed) throw new Error(`SRLM_FIXTURES names ${fixturesDirectory}, which does not exist`);
    process.stdout.write(`fixtures: none found at ${fixturesDirectory}; set SRLM_FIXTURES to run them\n`);
  }
  return () => {
    for (const kind of ["absent", "unsupported"] as const) {
      const log = leftOutLog(kind);
      if (!existsSync(log)) continue;
      const cases = [...new Set(readFileSync(log, "utf8").trim().split("\n"))].sort();
      const title = `${kind[0]?.toUpperCase()}${kind.slice(1)} cases`;
      process.stdout.write(`\n${title}: ${cases.length}\n${cases.map((line) => `  ${line}`).join("\n")}\n`);
      rmSync(log);
    }
  };
}
