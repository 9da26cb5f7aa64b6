/**
 * Where the reference values lie, and how a parity test names a case that the product does not support yet.
 *
 * `SRLM_FIXTURES` names the folder (default `../shared/fixtures` beside the checkout). A named folder that is missing
 * is an error; a missing default one is one line and the suite ends with nothing run.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { it } from "vitest";

const named = process.env["SRLM_FIXTURES"];
export const fixturesDirectory = resolve(named ?? join(import.meta.dirname, "../../../shared/fixtures"));
export const fixturesPresent = existsSync(fixturesDirectory);
export const fixturesNamed = named !== undefined;

/** Reads one golden file, e.g. `golden<Metrics>("metrics.json")`. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(join(fixturesDirectory, "goldens", name), "utf8")) as T;
}

/** Names of the model directories found, sorted; empty where the fixtures are absent. */
export function modelNames(): string[] {
  const models = join(fixturesDirectory, "models");
  return existsSync(models) ? readdirSync(models).sort() : [];
}

export function modelDirectory(name: string): string {
  return join(fixturesDirectory, "models", name);
}

/** Unsupported cases are collected over all test files here, and listed and counted by name at the end of the run. */
export const unsupportedLog = join(tmpdir(), `srlm-fixtures-unsupported-${process.env["SRLM_FIXTURES_RUN"] ?? "0"}.txt`);

/** Registers a case that exists in the fixtures and that the product does not support yet: skipped, listed, counted. */
export function unsupported(name: string, reason: string): void {
  it.skip(`${name} (unsupported: ${reason})`, () => {});
  appendFileSync(unsupportedLog, `${name}: ${reason}\n`);
}
