import { expect, it } from "vitest";
import { parseBytes, planEngines } from "./engine-plan.ts";

const GIB = 2 ** 30;
const machine = { cores: 8, memoryBytes: 32 * GIB };

it("gives wasm an engine per core, and TensorFlow one", () => {
  expect(planEngines("wasm", machine, {})).toEqual({ engines: 8, memoryBytes: GIB });
  expect(planEngines("tensorflow", machine, {})).toEqual({ engines: 1, memoryBytes: 8 * GIB });
});

it("takes fewer engines where a model needs more memory, and never more than wasm can address", () => {
  expect(planEngines("wasm", machine, {}, 3 * GIB)).toEqual({ engines: 2, memoryBytes: 4 * GIB });
  expect(planEngines("wasm", machine, {}, 100 * GIB)).toEqual({ engines: 1, memoryBytes: 4 * GIB });
});

it("does what the environment says", () => {
  const environment = { SRLM_ENGINES: "3", SRLM_ENGINE_MEMORY: "1.5GiB" };
  expect(planEngines("wasm", machine, environment)).toEqual({ engines: 3, memoryBytes: 1.5 * GIB });
});

it.each([
  [{ SRLM_ENGINES: "0" }, 'SRLM_ENGINES is "0": give a whole number of at least 1'],
  [{ SRLM_ENGINES: "two" }, 'SRLM_ENGINES is "two"'],
  [{ SRLM_ENGINE_MEMORY: "much" }, 'SRLM_ENGINE_MEMORY is "much": give bytes, such as 2GiB or 512M'],
])("refuses %j", (environment, message) => {
  expect(() => planEngines("wasm", machine, environment)).toThrow(message);
});

it.each([
  ["1024", 1024],
  ["2k", 2048],
  ["512M", 512 * 2 ** 20],
  ["1.5 GiB", 1.5 * GIB],
  ["1TB", 1024 * GIB],
])("reads %s", (text, bytes) => {
  expect(parseBytes(text, "X")).toBe(bytes);
});
