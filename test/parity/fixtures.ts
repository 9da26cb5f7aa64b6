/**
 * Where the reference values lie, and how a parity test names a case that is not run.
 *
 * `SRLM_FIXTURES` names the folder (default `../shared/fixtures` beside the checkout). A named folder that is missing
 * is an error; a missing default one is one line and the suite ends with nothing run. Of a folder that is there, what
 * is found is run and what is not is listed.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { it } from "vitest";

const named = process.env["SRLM_FIXTURES"];
export const fixturesDirectory = resolve(named ?? join(import.meta.dirname, "../../../shared/fixtures"));
export const fixturesPresent = existsSync(fixturesDirectory);
export const fixturesNamed = named !== undefined;

/** Why a case is not run: the product does not support it yet, or the fixtures do not have it. */
export type LeftOut = "unsupported" | "absent";

/** One golden file, e.g. `golden<Metrics>("metrics.json")`; undefined where the fixtures do not have it. */
export function golden<T>(name: string): T | undefined {
  const path = join(fixturesDirectory, "goldens", name);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as T) : undefined;
}

/** Names of the model directories found, sorted; empty where the fixtures are absent. */
export function modelNames(): string[] {
  const models = join(fixturesDirectory, "models");
  const isModel = (name: string) => existsSync(join(models, name, "config.json"));
  return existsSync(models) ? readdirSync(models).filter(isModel).sort() : [];
}

export function modelDirectory(name: string): string {
  return join(fixturesDirectory, "models", name);
}

/**
 * The models that are found both as a directory and in a golden file, with their values; the others are registered as
 * absent cases of `topic`.
 */
export function modelCases<T>(
  topic: string,
  file: string,
  values: Readonly<Record<string, T>> | undefined,
): [name: string, values: T][] {
  const found = modelNames();
  const names = [...new Set([...found, ...Object.keys(values ?? {})])].sort();
  if (names.length === 0) absent(topic, `no models and no goldens/${file}`);
  return names.flatMap((name): [string, T][] => {
    const value = values?.[name];
    if (value !== undefined && found.includes(name)) return [[name, value]];
    const missing = found.includes(name)
      ? `goldens/${file}${values === undefined ? "" : ` of ${name}`}`
      : `models/${name}`;
    absent(`${topic} ${name}`, `no ${missing}`);
    return [];
  });
}

/** Cases that are left out are collected over all test files here, and listed and counted by name at the end of the run. */
export function leftOutLog(kind: LeftOut): string {
  return join(tmpdir(), `srlm-fixtures-${kind}-${process.env["SRLM_FIXTURES_RUN"] ?? "0"}.txt`);
}

/** Registers a case that exists in the fixtures and that the product does not support yet: skipped, listed, counted. */
export function unsupported(name: string, reason: string): void {
  leaveOut("unsupported", name, reason);
}

/** Registers a case that the fixtures should have and have not: skipped, listed, counted. */
export function absent(name: string, reason: string): void {
  leaveOut("absent", name, reason);
}

function leaveOut(kind: LeftOut, name: string, reason: string): void {
  it.skip(`${name} (${kind}: ${reason})`, () => {});
  if (fixturesPresent) appendFileSync(leftOutLog(kind), `${name}: ${reason}\n`);
}
