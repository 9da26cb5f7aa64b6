/** The workspace packages as they lie on disk: manifests, project references and sources. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix, resolve, sep } from "node:path";
import { readSource, type SourceFile } from "./source-file.ts";

export interface WorkspacePackage {
  readonly name: string;
  /** `packages/x` or `services/x`. */
  readonly folder: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
  readonly peers: readonly string[];
  /** Folders that tsconfig.json refers to, from the root of the repository. */
  readonly references: readonly string[];
  readonly files: readonly SourceFile[];
}

export const repositoryRoot = resolve(import.meta.dirname, "../..");

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

function readSources(folder: string): SourceFile[] {
  const root = join(repositoryRoot, folder, "src");
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.[cm]?[jt]s$/.test(name))
    .sort()
    .map((name) => readSource(posix.join(folder, "src", ...name.split(sep)), readFileSync(join(root, name), "utf8")));
}

function readPackage(folder: string): WorkspacePackage {
  const manifest = readJson<Manifest>(join(repositoryRoot, folder, "package.json"));
  const { references = [] } = readJson<{ references?: { path: string }[] }>(
    join(repositoryRoot, folder, "tsconfig.json"),
  );
  return {
    name: manifest.name,
    folder,
    dependencies: Object.keys(manifest.dependencies ?? {}),
    devDependencies: Object.keys(manifest.devDependencies ?? {}),
    peers: Object.keys(manifest.peerDependencies ?? {}),
    references: references.map(({ path }) => posix.normalize(posix.join(folder, path))),
    files: readSources(folder),
  };
}

/** All workspace packages, sorted by folder. */
export function readWorkspace(): WorkspacePackage[] {
  return ["packages", "services"].flatMap((parent) =>
    readdirSync(join(repositoryRoot, parent))
      .filter((name) => existsSync(join(repositoryRoot, parent, name, "package.json")))
      .sort()
      .map((name) => readPackage(`${parent}/${name}`)),
  );
}
