/**
 * `npm run lockfile`: after a change of dependencies, makes package-lock.json complete for every platform.
 *
 * npm leaves optional packages of other platforms out of the lockfile where the registry at hand does not serve them
 * (mirrors often lack them), and `npm ci` then refuses the lockfile everywhere. An entry needs only the version, which
 * its parent pins, and the platform, which its name tells: npm skips it on all others.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./steps.mjs";

const path = join(import.meta.dirname, "../package-lock.json");

/** Words of package names to values of `os`, `cpu`, `libc`; the first that matches counts. */
const systems = [
  [/darwin/, "darwin"],
  [/win32|windows/, "win32"],
  [/android/, "android"],
  [/freebsd/, "freebsd"],
  [/openharmony/, "openharmony"],
  [/linux/, "linux"],
];
const processors = [
  [/arm64|aarch64/, "arm64"],
  [/arm/, "arm"],
  [/riscv64/, "riscv64"],
  [/ppc64/, "ppc64"],
  [/s390x/, "s390x"],
  [/ia32/, "ia32"],
  [/x64|-64$/, "x64"],
];
const libraries = [
  [/musl/, "musl"],
  [/gnu/, "glibc"],
];

const of = (table, name) => {
  const found = table.find(([pattern]) => pattern.test(name));
  return found === undefined ? [] : [found[1]];
};

/** Whether `name` is found from the package at `from`, as Node looks it up. */
function isLocked(packages, from, name) {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf("/node_modules/")))) {
    if (`${base === "" ? "" : `${base}/`}node_modules/${name}` in packages) return true;
    if (base === "") return false;
  }
}

const status = await run("npm", ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]);
if (status !== 0) process.exit(status);

const lock = JSON.parse(readFileSync(path, "utf8"));
const added = [];
for (const [from, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (isLocked(lock.packages, from, name)) continue;
    const [os, cpu, libc] = [of(systems, name), of(processors, name), of(libraries, name)];
    if (os.length === 0) throw new Error(`${name}, optional for ${from}: its name tells no platform; add it by hand`);
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(cpu.length > 0 && { cpu }),
      ...(parent.dev && { dev: true }),
      ...(libc.length > 0 && { libc }),
      optional: true,
      os,
    };
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added.length} packages of other platforms completed`);
