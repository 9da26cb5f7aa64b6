import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readConfig } from "./read-config.ts";

const folder = mkdtempSync(join(tmpdir(), "srlm-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("says what to do about a file that is not there, or is a folder", () => {
  expect(() => readConfig(join(folder, "none.yaml"), [])).toThrow(/there is no configuration .*none\.yaml/);
  expect(() => readConfig(folder, [])).toThrow("is a folder; give a configuration file");
});

it("names file, line and nearest key of a misspelt one", () => {
  const path = join(folder, "bad.yaml");
  writeFileSync(path, "name: x\nmodel: m\ndata:\n  ift: a.jsonl\nmax_iteration: 2\n");
  expect(() => readConfig(path, [])).toThrow(`${path} is not valid`);
  expect(() => readConfig(path, [])).toThrow('line 5: max_iteration: unknown key; did you mean "max_iterations"?');
});

it("sets overrides before it checks", () => {
  const path = join(folder, "good.yaml");
  writeFileSync(path, "name: x\nmodel: m\ndata:\n  ift: a.jsonl\n  prompts: p.jsonl\n");
  expect(readConfig(path, ["dpo.beta=0.2"]).dpo.beta).toBe(0.2);
  expect(() => readConfig(path, ["dpo.betta=0.2"])).toThrow(
    '--set dpo.betta=0.2: dpo.betta: unknown key; did you mean "beta"?',
  );
});
