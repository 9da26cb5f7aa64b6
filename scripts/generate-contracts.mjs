/**
 * Contracts from proto/: lint, generated TypeScript, descriptor image for reflection.
 *
 *   npm run proto           write packages/contracts/src/gen
 *   npm run proto -- check  change nothing; fail where the generated files are not what proto/ gives
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const proto = join(root, "proto");
const generated = join(root, "packages/contracts/src/gen");
const buf = join(root, "node_modules/.bin/buf");
const check = process.argv[2] === "check";

const run = (...args) => execFileSync(buf, args, { cwd: proto, stdio: "inherit" });

/** Relative path to content, of every file below a folder. */
function contents(folder) {
  const files = new Map();
  for (const entry of readdirSync(folder, { recursive: true })) {
    const path = join(folder, String(entry));
    if (statSync(path).isFile()) files.set(relative(folder, path), readFileSync(path));
  }
  return files;
}

run("lint");
const target = check ? mkdtempSync(join(tmpdir(), "srlm-contracts-")) : generated;
const template = {
  version: "v2",
  clean: true,
  plugins: [
    {
      local: join(root, "node_modules/.bin/protoc-gen-ts_proto"),
      out: target,
      include_imports: true,
      opt: [
        "esModuleInterop=true",
        "importSuffix=.js",
        "oneof=unions-value",
        "useOptionals=messages",
        "useDate=true",
        "exportCommonSymbols=false",
        "enumsAsLiterals=true",
        "removeEnumPrefix=true",
        "unrecognizedEnum=false",
        "outputServices=nice-grpc",
        "outputServices=generic-definitions",
      ],
    },
  ],
};
run("generate", "--template", JSON.stringify(template));
run("build", "-o", join(target, "descriptors.binpb"));

if (check) {
  const expected = contents(target);
  const actual = contents(generated);
  const drift = [...new Set([...expected.keys(), ...actual.keys()])].filter(
    (name) => !expected.get(name)?.equals(actual.get(name) ?? Buffer.alloc(0)),
  );
  rmSync(target, { recursive: true });
  if (drift.length > 0) {
    console.error(`Generated contracts differ from proto/ (run: npm run proto):\n  ${drift.join("\n  ")}`);
    process.exit(1);
  }
  console.log("contracts: generated files match proto/");
}
