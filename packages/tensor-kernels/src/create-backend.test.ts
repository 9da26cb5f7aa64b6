import { describe, expect, test } from "vitest";
import { backendChoice, createBackend, createTensorflow } from "./create-backend.ts";

describe("backendChoice", () => {
  test.each([
    [{}, "auto"],
    [{ SRLM_BACKEND: "auto" }, "auto"],
    [{ SRLM_BACKEND: "wasm" }, "wasm"],
    [{ SRLM_BACKEND: "cpu" }, "cpu"],
    [{ SRLM_BACKEND: "tensorflow" }, "tensorflow"],
  ])("%o gives %s", (environment, choice) => expect(backendChoice(environment)).toBe(choice));

  test("an unknown backend is refused with the ones there are", () => {
    expect(() => backendChoice({ SRLM_BACKEND: "gpu" })).toThrow(
      'SRLM_BACKEND is "gpu": use one of auto, tensorflow, wasm, cpu',
    );
  });
});

describe("createBackend", () => {
  test("says what computes", async () => {
    const wasm = await createBackend("wasm");
    expect(wasm.info).toMatchObject({ name: "wasm", dtype: "f32", memoryLimitBytes: 2 ** 32 });
    expect(wasm.info.library).toMatch(/^tfjs-backend-wasm \d+\.\d+\.\d+$/);
    expect(wasm.info.instructionSet).toBe("simd128");
    expect(wasm.info.fingerprint).toBe(`wasm, ${wasm.info.library}, simd128, f32, v8 ${process.versions.v8}`);
    const cpu = await createBackend("cpu");
    expect(cpu.info).toMatchObject({ name: "cpu", instructionSet: "scalar", memoryLimitBytes: undefined });
  });

  test("wasm leaves the process's own handling of uncaught errors alone", async () => {
    await createBackend("wasm");
    for (const event of ["uncaughtException", "unhandledRejection"]) {
      const emscripten = process.rawListeners(event).filter((listener) => /ExitStatus|throw/.test(String(listener)));
      expect(emscripten).toEqual([]);
    }
  });

  test("tensorflow where it is not installed names the packages and the way out", async () => {
    await expect(createTensorflow(["@tensorflow/absent-gpu", "@tensorflow/absent"])).rejects.toThrow(
      'The backend "tensorflow" needs @tensorflow/absent-gpu or @tensorflow/absent: install one, or use SRLM_BACKEND=wasm',
    );
  });

  test("tensorflow that is installed but does not load says why", async () => {
    // A package that is there and is not TensorFlow.js.
    await expect(createTensorflow(["vitest"])).rejects.toThrow('"tensorflow" is installed but did not load');
  });
});
