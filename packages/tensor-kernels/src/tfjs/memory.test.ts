import { beforeAll, describe, expect, test } from "vitest";
import type { Backend, Tensor } from "../backend.ts";
import { createBackend, installedBackends } from "../create-backend.ts";
import { randomMatrix, uploadMatrix, uploadVector } from "../testing/compare.ts";

describe.each(installedBackends())("memory on %s", (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  test("a scope frees what it made, keep hands it to the enclosing scope", () => {
    const before = backend.memory();
    const kept = backend.scope((keepOuter) => {
      const [inner, dropped] = backend.scope((keep) => {
        const lost = backend.zeros([2, 3]);
        return [keep(backend.zeros([4])), lost];
      });
      expect(backend.memory().tensors).toBe(before.tensors + 1);
      expect(() => backend.download(dropped!)).toThrow("shape [2, 3] was used after it was freed");
      expect(backend.download(inner!)).toHaveLength(4);
      return keepOuter(backend.zeros([5]));
    });
    expect(backend.memory()).toEqual({ tensors: before.tensors + 1, bytes: before.bytes + 20 });
    backend.free(kept);
    expect(backend.memory()).toEqual(before);
    expect(() => backend.free(kept)).toThrow("used after it was freed");
  });

  test("a scope frees also when its body throws", () => {
    const before = backend.memory();
    expect(() =>
      backend.scope(() => {
        backend.zeros([100]);
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(backend.memory()).toEqual(before);
  });

  test("keep leaves tensors of outer scopes where they are", () => {
    backend.scope(() => {
      const outer = backend.zeros([1]);
      backend.scope((keep) => keep(outer));
      expect(backend.download(outer)).toHaveLength(1);
    });
  });

  test("tensors of another backend are refused", async () => {
    const other = await createBackend(name);
    const foreign = other.zeros([1]);
    expect(() => backend.download(foreign)).toThrow("belongs to another backend");
    other.free(foreign);
  });

  test("memory is flat over 1,000 training steps of one layer", () => {
    const width = 8;
    const value = uploadMatrix(backend, randomMatrix(width, width, 1));
    const norm = uploadVector(backend, randomMatrix(1, width, 2)[0]!);
    const like = (tensor: Tensor): Tensor => backend.zeros(tensor.shape);
    const slots = [value, norm].map((tensor) => ({
      value: tensor,
      grad: like(tensor),
      firstMoment: like(tensor),
      secondMoment: like(tensor),
      decay: true,
    }));
    const [gradValue, gradNorm] = slots.map((slot) => slot.grad);
    const x = uploadMatrix(backend, randomMatrix(5, width, 3));
    const at = { positions: Int32Array.of(0, 3), targets: Int32Array.of(1, 7) };
    const step = (index: number): void =>
      backend.scope(() => {
        backend.zero([gradValue!, gradNorm!]);
        const { out, inverseRms } = backend.rmsNorm(x, norm, 1e-5);
        const hidden = backend.linear(out, value, undefined);
        const forward = backend.tokenLogProbs(hidden, value, at);
        const gradHidden = backend.tokenLogProbsBackward(
          Float32Array.of(-1, -1),
          hidden,
          value,
          at,
          forward,
          gradValue,
        );
        const gradOut = backend.linearBackward(gradHidden, out, value, { weight: gradValue, bias: undefined });
        backend.rmsNormBackward(gradOut, x, norm, inverseRms, gradNorm);
        const options = { learningRate: 1e-3, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, gradScale: 1 };
        backend.adamW(slots, { ...options, step: index });
      });
    for (let index = 1; index <= 10; index++) step(index);
    const before = { ...backend.memory(), external: process.memoryUsage().external };
    for (let index = 11; index <= 1010; index++) step(index);
    expect(backend.memory()).toEqual({ tensors: before.tensors, bytes: before.bytes });
    // Typed arrays and the heap of the WebAssembly module are external memory: a leak of 1 KiB in each step would show.
    expect(process.memoryUsage().external - before.external).toBeLessThan(1e6);
  });
});

test("wasm: more memory than the heap can hold is refused by name, and the backend works on", async () => {
  const backend = await createBackend("wasm");
  const before = backend.memory();
  expect(() => backend.zeros([2 ** 30 - 1000])).toThrow("could not allocate 4294963296 bytes");
  expect(backend.memory()).toEqual(before);
  backend.scope(() => {
    const [x, w] = [randomMatrix(2, 3, 4), randomMatrix(1, 3, 5)];
    const [out] = backend.download(
      backend.linear(uploadMatrix(backend, x.slice(0, 1)), uploadMatrix(backend, w), undefined),
    );
    expect(out).toBeCloseTo(
      x[0]!.reduce((sum, value, j) => sum + value * w[0]![j]!, 0),
      5,
    );
  });
});
