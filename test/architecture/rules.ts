/**
 * The dependency rules: who may know whom, and what may stand in a file. Each rule gives the violations that it finds,
 * one readable line each; none is good.
 */
import { posix } from "node:path";
import { isTestFile, packageOf, type SourceFile } from "./source-file.ts";
import type { WorkspacePackage } from "./workspace.ts";

export type Rule = (workspace: readonly WorkspacePackage[]) => string[];

/** Why a package may be used by few, and by whom. A package that is not listed may be used by any package. */
const RESERVED: Readonly<Record<string, { readonly users: readonly string[]; readonly why: string }>> = {
  "@srlm/tokenizer": {
    users: ["@srlm/tokenization"],
    why: "text becomes ids in one place: ask the tokenization service",
  },
  "@srlm/language-model": {
    users: ["@srlm/inference", "@srlm/training", "@srlm/cli"],
    why: "models run behind inference and training: ask these services",
  },
  "@srlm/tensor-kernels": {
    users: ["@srlm/language-model", "@srlm/inference", "@srlm/training", "@srlm/cli"],
    why: "tensors are the engine's own: use language-model, or ask inference or training",
  },
  "@srlm/tiny-world-verifier": {
    users: ["@srlm/evaluation"],
    why: "the ground truth measures the loop, which must never see it",
  },
  "@srlm/tiny-world": {
    users: ["@srlm/cli"],
    why: "the demonstration's data comes in as files, as anyone's does",
  },
};

function isService({ folder }: WorkspacePackage): boolean {
  return folder.startsWith("services/");
}

/** The packages that a package uses by manifest or by import, with the place of each use. */
function usesOf(user: WorkspacePackage): { used: string; place: string }[] {
  const declared = [...user.dependencies, ...user.devDependencies].map((used) => ({
    used,
    place: `${user.folder}/package.json`,
  }));
  const imported = user.files.flatMap((file) =>
    file.imports.flatMap(({ specifier }) => {
      const used = packageOf(specifier);
      return used === null ? [] : [{ used, place: file.path }];
    }),
  );
  return [...declared, ...imported].filter(({ used }) => used !== user.name);
}

/** Services are composed in the command line alone: a service is reached by gRPC, never by import. */
export const servicesStandAlone: Rule = (workspace) => {
  const services = new Set(workspace.filter(isService).map(({ name }) => name));
  return workspace
    .filter(({ name }) => name !== "@srlm/cli")
    .flatMap((user) =>
      usesOf(user)
        .filter(({ used }) => services.has(used))
        .map(
          ({ used, place }) => `${place}: ${user.name} uses the service ${used}; only @srlm/cli may: call it by gRPC`,
        ),
    );
};

export const reservedPackagesStayReserved: Rule = (workspace) =>
  workspace.flatMap((user) =>
    usesOf(user).flatMap(({ used, place }) => {
      const reserved = RESERVED[used];
      if (reserved === undefined || reserved.users.includes(user.name)) return [];
      return [`${place}: ${user.name} uses ${used}, reserved for ${reserved.users.join(", ")}: ${reserved.why}`];
    }),
  );

/** Tools of the root that tests may import: the test runner, and the bundler that it brings. */
const TEST_TOOLS = ["vitest", "vite"];

/** Node's own modules are written with `node:`. */
export const importsAreDeclared: Rule = (workspace) =>
  workspace.flatMap((user) =>
    user.files.flatMap((file) =>
      file.imports.flatMap(({ specifier }) => {
        const used = packageOf(specifier);
        if (used === null || used.startsWith("node:") || used === user.name) return [];
        const forTests = [...user.devDependencies, ...TEST_TOOLS];
        const allowed = [...user.dependencies, ...user.peers, ...(isTestFile(file.path) ? forTests : [])];
        return allowed.includes(used)
          ? []
          : [`${file.path}: imports ${specifier}, which ${user.folder}/package.json does not declare`];
      }),
    ),
  );

/** `tsc -b` builds what tsconfig.json refers to: the same workspace packages as the manifest names. */
export const referencesFollowDependencies: Rule = (workspace) => {
  const folders = new Map(workspace.map(({ name, folder }) => [name, folder]));
  return workspace.flatMap((user) => {
    const needed = user.dependencies.flatMap((name) => folders.get(name) ?? []);
    const missing = needed.filter((folder) => !user.references.includes(folder));
    return missing.map((folder) => `${user.folder}/tsconfig.json: no reference to ${folder}, which package.json names`);
  });
};

export const relativeImportsStayInside: Rule = (workspace) =>
  workspace.flatMap(({ folder, files }) =>
    files.flatMap((file) =>
      file.imports
        .filter(({ specifier }) => packageOf(specifier) === null)
        .filter(({ specifier }) => !posix.join(posix.dirname(file.path), specifier).startsWith(`${folder}/`))
        .map(({ specifier }) => `${file.path}: imports ${specifier}, which leaves ${folder}`),
    ),
  );

/** No cycle among workspace packages. */
export const dependenciesHaveNoCycle: Rule = (workspace) => {
  const byName = new Map(workspace.map((member) => [member.name, member]));
  const walk = (name: string, path: readonly string[]): string[] => {
    if (path.includes(name)) return [`cycle: ${[...path.slice(path.indexOf(name)), name].join(" -> ")}`];
    const next = byName.get(name)?.dependencies.filter((dependency) => byName.has(dependency)) ?? [];
    return next.flatMap((dependency) => walk(dependency, [...path, name]));
  };
  return [...new Set(workspace.flatMap(({ name }) => walk(name, [])))];
};

/** A longer file holds more than one concept. */
const LONGEST_FILE = 400;

export const filesAreShort: Rule = (workspace) =>
  workspace.flatMap(({ files }) =>
    files
      .filter(({ path, lines }) => lines > LONGEST_FILE && !path.includes("/src/gen/"))
      .map(({ path, lines }) => `${path}: ${lines} lines; split it, at most ${LONGEST_FILE}`),
  );

/**
 * Where algorithms live. They know no gRPC, bus, file or clock, so that their numbers depend on their arguments alone:
 * whole packages, and in services the folders and files that are named after what they compute.
 */
export const PURE: readonly RegExp[] = [
  /^packages\/tiny-world\/src\//,
  /^packages\/tiny-world-verifier\/src\//,
  // The files around it, and its training, which gives the event loop a turn now and then.
  /^packages\/tokenizer\/src\/(?!tokenizer-files\.ts$|train-tokenizer\.ts$)/,
  /^packages\/tensor-kernels\/src\/loops\//,
  /^packages\/tensor-kernels\/src\/tfjs\//,
  /^packages\/tensor-kernels\/src\/philox\.ts$/,
  /^packages\/language-model\/src\/llama\//,
  /^packages\/language-model\/src\/sampling\//,
  /^packages\/language-model\/src\/(memory-estimate|token-batch|trainable-model)\.ts$/,
  /^packages\/artifacts\/src\/(canonical-json|digest|directory-listing)\.ts$/,
  /^packages\/service-kit\/src\/jobs\/job-transition\.ts$/,
  /^services\/evaluation\/src\/metrics\//,
  /^services\/evaluation\/src\/summary\//,
  /^services\/judging\/src\/score\//,
  /^services\/judging\/src\/rubric\//,
  /^services\/judging\/src\/(parse-[a-z-]+|aggregate-samples)\.ts$/,
  /^services\/orchestration\/src\/config\//,
  /^services\/orchestration\/src\/run\//,
  /^services\/orchestration\/src\/report\//,
  /^services\/pairing\/src\/strategies\//,
  /^services\/pairing\/src\/(build-pairs|seeded-choice)\.ts$/,
  /^services\/prompting\/src\/(few-shot|parse-generated|seeded-sample)\.ts$/,
  /^services\/prompting\/src\/(collect-prompts|normalise-prompt|prompt-filter|rouge-l|similarity-index)\.ts$/,
  /^services\/training\/src\/losses\//,
  /^services\/training\/src\/objectives\//,
  /^services\/training\/src\/(schedule|batch-order|ragged-batch|train-loop)\.ts$/,
];

const IMPURE_IMPORT =
  /^(@grpc\/|nice-grpc|@nats-io\/|@srlm\/(service-kit|messaging)$|lmdb|pino|prom-client|node:(fs|net|tls|http|https|http2|dgram|dns|os|process|child_process|cluster|worker_threads|timers|readline|perf_hooks|async_hooks)(\/|$))/;
const IMPURE_CODE =
  /\b(Date\.now|new Date|performance\.now|Math\.random|setTimeout|setInterval|setImmediate|fetch\(|process\.|console\.)/;

export function isPure(path: string): boolean {
  return PURE.some((pattern) => pattern.test(path)) && !isTestFile(path);
}

function impurities(file: SourceFile): string[] {
  const imported = file.imports
    .filter(({ specifier, typeOnly }) => !typeOnly && IMPURE_IMPORT.test(specifier))
    .map(({ specifier }) => `${file.path}: a pure module imports ${specifier}; do that in service.ts or job.ts`);
  const used = IMPURE_CODE.exec(file.code)?.[0];
  return used === undefined
    ? imported
    : [...imported, `${file.path}: a pure module uses ${used}; take it as an argument`];
}

export const algorithmsArePure: Rule = (workspace) =>
  workspace.flatMap(({ files }) => files.filter(({ path }) => isPure(path)).flatMap(impurities));
