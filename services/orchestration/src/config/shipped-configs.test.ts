import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { planRun } from "../run/plan.ts";
import { parseConfig } from "./parse-config.ts";
import { writeConfig } from "./write-config.ts";

const FOLDER = new URL("../../../../configs/", import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

function read(file: string) {
  return parseConfig(readFileSync(new URL(file, FOLDER), "utf8"), { source: file });
}

it("ships a demonstration, a smoke run and one for real input", () => {
  expect(files.sort()).toEqual(["quickstart.yaml", "real-input.yaml", "smoke.yaml"]);
});

it.each(files)("%s is valid, is named like its file, and reads back from its resolved form", (file) => {
  const config = read(file);
  expect(`${config.name}.yaml`).toBe(file);
  expect(parseConfig(writeConfig(config))).toEqual(config);
  expect(planRun(config).at(-1)?.name).toBe("report");
});

it("claims in the demonstration what the loop is there to show, and nothing in the smoke run", () => {
  expect(read("quickstart.yaml").evaluation.claims).toEqual([
    { better: "M1", than: "M0" },
    { better: "M2", than: "M1" },
    { better: "M3", than: "M2" },
    { model: "M3 shuffled", within: 0.15, of: "M1" },
    { better: "M3", than: "M3 shuffled" },
  ]);
  expect(read("smoke.yaml").evaluation.claims).toEqual([]);
});

it("keeps the paper's objective: M1 learns target tokens only, and prompts come from one fixed model", () => {
  const config = read("quickstart.yaml");
  expect(config.sft.prompt_loss_weight).toBe(0);
  expect(config.baseline.prompt_loss_weight).toBe(0.1);
  expect(config.prompting.model).toBe("baseline");
});
