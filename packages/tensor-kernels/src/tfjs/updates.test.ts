import { beforeAll, describe, expect, test } from "vitest";
import type { AdamWOptions, Backend, Dropout, Tensor } from "../backend.ts";
import { createBackend, installedBackends } from "../create-backend.ts";
import { randomMatrix, relativeError, uploadMatrix } from "../testing/compare.ts";

const OPTIONS: Omit<AdamWOptions, "step"> = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-6,
  weightDecay: 0.1,
  gradScale: 0.5,
};

/** torch.optim.AdamW for one number, by its documentation. */
function adamWReference(value: number, grads: readonly number[], decay: boolean): number {
  let [p, m, v] = [value, 0, 0];
  for (const [i, raw] of grads.entries()) {
    const g = raw * OPTIONS.gradScale;
    if (decay) p -= OPTIONS.learningRate * OPTIONS.weightDecay * p;
    m = OPTIONS.beta1 * m + (1 - OPTIONS.beta1) * g;
    v = OPTIONS.beta2 * v + (1 - OPTIONS.beta2) * g ** 2;
    const mHat = m / (1 - OPTIONS.beta1 ** (i + 1));
    const vHat = v / (1 - OPTIONS.beta2 ** (i + 1));
    p -= (OPTIONS.learningRate * mHat) / (Math.sqrt(vHat) + OPTIONS.epsilon);
  }
  return p;
}

describe.each(installedBackends())("sums and updates on %s", (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  test.each([true, false])("adamW over 5 steps equals torch's formula, decay %s", (decay) => {
    backend.scope(() => {
      const start = randomMatrix(3, 7, 1);
      const grads = Array.from({ length: 5 }, (_, i) => randomMatrix(3, 7, 2 + i));
      const slot = {
        value: uploadMatrix(backend, start),
        grad: backend.zeros([3, 7]),
        firstMoment: backend.zeros([3, 7]),
        secondMoment: backend.zeros([3, 7]),
        decay,
      };
      for (const [i, grad] of grads.entries()) {
        backend.write(slot.grad, Float32Array.from(grad.flat()));
        backend.adamW([slot], { ...OPTIONS, step: i + 1 });
      }
      const expected = start.flatMap((row, t) =>
        row.map((value, j) =>
          adamWReference(
            value,
            grads.map((grad) => grad[t]![j]!),
            decay,
          ),
        ),
      );
      expect(relativeError(backend.download(slot.value), expected)).toBeLessThanOrEqual(1e-6);
      expect(backend.download(slot.grad)).toEqual(Float32Array.from(grads[4]!.flat()));
    });
  });

  test("adamW changes what linear computes next", () => {
    backend.scope(() => {
      const x = backend.upload(Float32Array.of(1), [1, 1]);
      const value = backend.upload(Float32Array.of(2), [1, 1]);
      const state = (): Tensor => backend.zeros([1, 1]);
      expect(backend.download(backend.linear(x, value, undefined))[0]).toBe(2);
      const slot = { value, grad: x, firstMoment: state(), secondMoment: state(), decay: false };
      backend.adamW([slot], { ...OPTIONS, gradScale: 1, epsilon: 0, step: 1 });
      expect(backend.download(backend.linear(x, value, undefined))[0]).toBeCloseTo(1.99, 6);
    });
  });

  test("accumulate, scale, zero and the global norm", () => {
    backend.scope(() => {
      const [a, b] = [randomMatrix(2, 5, 9), randomMatrix(2, 5, 10)];
      const [target, x] = [uploadMatrix(backend, a), uploadMatrix(backend, b)];
      backend.accumulate(target, x, -0.5);
      const sum = a.flatMap((row, t) => row.map((value, j) => value - 0.5 * b[t]![j]!));
      expect(relativeError(backend.download(target), sum)).toBeLessThanOrEqual(1e-7);
      backend.scale([target, x], 4);
      expect(
        relativeError(
          backend.download(target),
          sum.map((value) => value * 4),
        ),
      ).toBeLessThanOrEqual(1e-6);
      const square = (values: number[]): number => values.reduce((total, value) => total + value ** 2, 0);
      const norm = 4 * Math.sqrt(square(sum) + square(b.flat()));
      expect(Math.abs(backend.globalNorm([target, x]) / norm - 1)).toBeLessThan(1e-6);
      backend.write(x, new Float32Array(10).fill(Number.NaN));
      expect(backend.globalNorm([target, x])).toBeNaN();
      backend.zero([target, x]);
      expect(backend.globalNorm([target, x])).toBe(0);
    });
  });

  test("dropout: share and scale of what is kept, the same mask backwards, other masks elsewhere", () => {
    backend.scope(() => {
      const [rows, width] = [200, 30];
      const key: Dropout = {
        rate: 0.1,
        seed: 5,
        stream: 1,
        step: 9,
        rowKeys: Int32Array.from({ length: rows }, (_, t) => 1000 + t),
      };
      const ones = backend.upload(new Float32Array(rows * width).fill(1), [rows, width]);
      const zero = backend.zeros([rows, width]);
      const mask = backend.download(backend.residualAdd(zero, ones, key));
      const kept = Math.fround(1 / 0.9);
      expect(mask.every((value) => value === 0 || value === kept)).toBe(true);
      const share = mask.filter((value) => value > 0).length / mask.length;
      expect(Math.abs(share - 0.9)).toBeLessThan(0.015);
      expect(backend.download(backend.residualAddBackward(ones, key))).toEqual(mask);
      expect(backend.download(backend.residualAdd(ones, ones, key))).toEqual(mask.map((value) => 1 + value));
      for (const other of [{ seed: 6 }, { stream: 2 }, { step: 10 }, { rowKeys: key.rowKeys.map((k) => k + rows) }]) {
        expect(backend.download(backend.residualAdd(zero, ones, { ...key, ...other }))).not.toEqual(mask);
      }
      const tail = { ...key, rowKeys: key.rowKeys.slice(150) };
      const part = backend.upload(new Float32Array(50 * width).fill(1), [50, width]);
      expect(backend.download(backend.residualAddBackward(part, tail))).toEqual(mask.slice(150 * width));
      expect(() => backend.residualAdd(zero, ones, { ...key, rate: 1 })).toThrow("dropout.rate is 1");
    });
  });
});
