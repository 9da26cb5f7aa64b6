/** The dependency rules hold in the repository; and each of them notices what it forbids. */
import { describe, expect, it } from "vitest";
import * as rules from "./rules.ts";
import { readSource } from "./source-file.ts";
import { readWorkspace, type WorkspacePackage } from "./workspace.ts";

const workspace = readWorkspace();

const RULES: Record<string, rules.Rule> = {
  "only the command line depends on services": rules.servicesStandAlone,
  "reserved packages are used by those they are reserved for": rules.reservedPackagesStayReserved,
  "every import is declared in package.json": rules.importsAreDeclared,
  "tsconfig.json refers to the workspace packages that package.json names": rules.referencesFollowDependencies,
  "relative imports stay inside their package": rules.relativeImportsStayInside,
  "packages form no cycle": rules.dependenciesHaveNoCycle,
  "no file is longer than 400 lines": rules.filesAreShort,
  "algorithms know no gRPC, bus, file or clock": rules.algorithmsArePure,
};

/** A pattern for each name of a group of names, so that one of them alone cannot be left behind. */
function eachAlternative({ source }: RegExp): RegExp[] {
  const group = /\((?!\?)([^()]+)\)/.exec(source);
  if (group === null) return [new RegExp(source)];
  return (group[1] as string).split("|").map((name) => new RegExp(source.replace(group[0], `(${name})`)));
}

describe("the repository", () => {
  it("has all packages and services, with sources", () => {
    expect(workspace.filter(({ folder }) => folder.startsWith("services/")).map(({ name }) => name)).toEqual(
      ["evaluation", "inference", "judging", "orchestration", "pairing", "prompting", "tokenization", "training"].map(
        (name) => `@srlm/${name}`,
      ),
    );
    expect(workspace.filter(({ files }) => files.length === 0).map(({ name }) => name)).toEqual([]);
  });

  it("has algorithms wherever the rules look for them", () => {
    const paths = workspace.flatMap(({ files }) => files.map(({ path }) => path)).filter((path) => rules.isPure(path));
    const alternatives = rules.PURE.flatMap(eachAlternative);
    expect(alternatives.filter((pattern) => !paths.some((path) => pattern.test(path)))).toEqual([]);
  });

  it.each(Object.entries(RULES))("%s", (_, rule) => {
    expect(rule(workspace)).toEqual([]);
  });
});

/** A package for the rules to find fault with. */
function made(folder: string, sources: Record<string, string>, more: Partial<WorkspacePackage> = {}): WorkspacePackage {
  return {
    name: `@srlm/${folder.split("/")[1]}`,
    folder,
    dependencies: [],
    devDependencies: [],
    peers: [],
    references: [],
    files: Object.entries(sources).map(([name, text]) => readSource(`${folder}/src/${name}`, text)),
    ...more,
  };
}

describe("each rule notices what it forbids", () => {
  const judging = made("services/judging", {});

  it("a service that imports or names another", () => {
    const importing = made("services/pairing", { "service.ts": 'import { Judge } from "@srlm/judging";\n' });
    const naming = made("packages/artifacts", {}, { dependencies: ["@srlm/judging"] });
    const composing = made("packages/cli", { "main.ts": 'import "@srlm/judging";\n' });
    expect(rules.servicesStandAlone([judging, importing, naming, composing])).toEqual([
      "services/pairing/src/service.ts: @srlm/pairing uses the service @srlm/judging; only @srlm/cli may: call it by gRPC",
      "packages/artifacts/package.json: @srlm/artifacts uses the service @srlm/judging; only @srlm/cli may: call it by gRPC",
    ]);
  });

  it.each([
    ["packages/tiny-world", "@srlm/tiny-world-verifier"],
    ["services/judging", "@srlm/tiny-world-verifier"],
    ["packages/cli", "@srlm/tiny-world-verifier"],
    ["services/evaluation", "@srlm/tiny-world"],
    ["services/inference", "@srlm/tokenizer"],
    ["packages/cli", "@srlm/tokenizer"],
    ["services/judging", "@srlm/language-model"],
    ["services/orchestration", "@srlm/tensor-kernels"],
  ])("%s that imports %s", (folder, used) => {
    for (const text of [
      `import { x } from "${used}";`,
      `const x = await import("${used}");`,
      `export * from "${used}";`,
    ]) {
      expect(rules.reservedPackagesStayReserved([made(folder, { "a.ts": text })])).toHaveLength(1);
    }
    expect(rules.reservedPackagesStayReserved([made(folder, { "a.test.ts": `import "${used}/deep";` })])).toHaveLength(
      1,
    );
    expect(rules.reservedPackagesStayReserved([made(folder, {}, { devDependencies: [used] })])).toHaveLength(1);
  });

  it.each([
    ["services/evaluation", "@srlm/tiny-world-verifier"],
    ["services/tokenization", "@srlm/tokenizer"],
    ["packages/language-model", "@srlm/tensor-kernels"],
  ])("and lets %s import %s", (folder, used) => {
    expect(rules.reservedPackagesStayReserved([made(folder, { "a.ts": `import { x } from "${used}";` })])).toEqual([]);
  });

  it("an import that package.json does not declare", () => {
    const declared = { dependencies: ["zod"], devDependencies: ["yaml"] };
    const texts = { "a.ts": 'import { z } from "zod/v4";\nimport fs from "node:fs";\nimport { parse } from "yaml";\n' };
    expect(rules.importsAreDeclared([made("packages/artifacts", texts, declared)])).toEqual([
      "packages/artifacts/src/a.ts: imports yaml, which packages/artifacts/package.json does not declare",
    ]);
    const test = { "a.test.ts": 'import { it } from "vitest";\nimport { parse } from "yaml";\n' };
    expect(rules.importsAreDeclared([made("packages/artifacts", test, declared)])).toEqual([]);
    expect(rules.importsAreDeclared([made("packages/artifacts", { "a.ts": 'import "fs";\n' })])).toHaveLength(1);
  });

  it("a dependency without a project reference", () => {
    const user = made("services/judging", {}, { dependencies: ["@srlm/contracts"] });
    expect(rules.referencesFollowDependencies([user, made("packages/contracts", {})])).toHaveLength(1);
    const referring = { ...user, references: ["packages/contracts"] };
    expect(rules.referencesFollowDependencies([referring, made("packages/contracts", {})])).toEqual([]);
  });

  it("a relative import that leaves its package", () => {
    const texts = { "deep/a.ts": 'import { a } from "../b.ts";\nimport { c } from "../../../messaging/src/c.ts";\n' };
    expect(rules.relativeImportsStayInside([made("packages/artifacts", texts)])).toEqual([
      "packages/artifacts/src/deep/a.ts: imports ../../../messaging/src/c.ts, which leaves packages/artifacts",
    ]);
  });

  it("a cycle", () => {
    const first = made("packages/artifacts", {}, { dependencies: ["@srlm/messaging"] });
    const second = made("packages/messaging", {}, { dependencies: ["@srlm/artifacts"] });
    expect(rules.dependenciesHaveNoCycle([first, second])[0]).toContain("cycle: @srlm/artifacts -> @srlm/messaging");
    expect(rules.dependenciesHaveNoCycle([first, made("packages/messaging", {})])).toEqual([]);
  });

  it("a long file, unless it is generated", () => {
    const text = "\n".repeat(401);
    expect(rules.filesAreShort([made("packages/contracts", { "a.ts": text, "gen/b.ts": text })])).toEqual([
      "packages/contracts/src/a.ts: 401 lines; split it, at most 400",
    ]);
    expect(rules.filesAreShort([made("packages/contracts", { "a.ts": "\n".repeat(400) })])).toEqual([]);
  });

  it.each([
    'import { readFileSync } from "node:fs";',
    'import { readFile } from "node:fs/promises";',
    'import { Metadata } from "nice-grpc-common";',
    'import { Bus } from "@srlm/messaging";',
    "export const now = () => Date.now();",
    "export const draw = () => Math.random();",
    "export const home = process.env;",
  ])("an algorithm with %s", (text) => {
    expect(rules.algorithmsArePure([made("services/evaluation", { "metrics/a.ts": text })])).toHaveLength(1);
    expect(rules.algorithmsArePure([made("services/evaluation", { "service.ts": text })])).toEqual([]);
    expect(rules.algorithmsArePure([made("services/evaluation", { "metrics/a.test.ts": text })])).toEqual([]);
  });

  it("and lets algorithms use types, and words in comments and strings", () => {
    const text = 'import type { Bus } from "@srlm/messaging";\n// Date.now()\nexport const text = "Math.random";\n';
    expect(rules.algorithmsArePure([made("services/evaluation", { "metrics/a.ts": text })])).toEqual([]);
  });
});

describe("readSource", () => {
  const specifiers = (text: string) => readSource("a.ts", text).imports.map(({ specifier }) => specifier);

  it("finds imports of every form", () => {
    const text = [
      'import a from "a";',
      'import * as b from "b";',
      'import {\n  c,\n  type C,\n} from "c";',
      'import "d";',
      'export * from "e";',
      'export { f } from "f";',
      'const g = await import("g");',
      "const h = require('h');",
      'import i, { j } from "i";',
    ].join("\n");
    expect(specifiers(text).sort()).toEqual(["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
  });

  it("knows type imports", () => {
    const { imports } = readSource(
      "a.ts",
      'import type { A } from "a";\nexport type { B } from "b";\nimport { type C } from "c";\n',
    );
    expect(imports.map(({ typeOnly }) => typeOnly)).toEqual([true, true, false]);
  });

  it("passes over comments, and over strings that look like comments", () => {
    expect(
      specifiers('// import a from "a";\n/* import b from "b"; */\nconst u = "http://x/*";\nimport c from "c"; // */'),
    ).toEqual(["c"]);
  });
});
