import { beforeAll, describe, expect, test } from "vitest";
import type { Backend, Tensor } from "../backend.ts";
import { createBackend, installedBackends } from "../create-backend.ts";
import {
  finiteDifferences,
  randomMatrix,
  relativeError,
  uploadMatrix,
  uploadVector,
  weighted,
} from "../testing/compare.ts";
import * as reference from "../testing/reference.ts";

/** f32 rounding of sums over at most a few hundred terms. */
const TOLERANCE = 2e-6;
/** Backward passes chain several of them. */
const GRADIENT_TOLERANCE = 1e-5;

describe.each(installedBackends())("operations on %s", (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });
  const up = (matrix: reference.Matrix): Tensor => uploadMatrix(backend, matrix);
  const values = (tensor: Tensor): Float32Array => backend.download(tensor);

  test("embedding gathers, its gradient adds up repeated ids", () => {
    backend.scope(() => {
      const table = randomMatrix(7, 5, 1);
      const ids = Int32Array.of(3, 0, 3, 6);
      expect(
        relativeError(
          values(backend.embedding(up(table), ids)),
          [...ids].flatMap((id) => table[id]!),
        ),
      ).toBeLessThanOrEqual(0);
      const gradOut = randomMatrix(4, 5, 2);
      const gradTable = backend.zeros([7, 5]);
      backend.embeddingBackward(up(gradOut), ids, gradTable);
      backend.embeddingBackward(up(gradOut), ids, gradTable);
      const loss = (): number =>
        2 *
        weighted(
          [...ids].map((id) => table[id]!),
          gradOut,
        );
      expect(relativeError(values(gradTable), finiteDifferences(table, loss))).toBeLessThanOrEqual(GRADIENT_TOLERANCE);
      expect(() => backend.embedding(up(table), Int32Array.of(1, 7))).toThrow("ids[1] is 7, expected 0..6");
      expect(() => backend.embedding(up(table), Int32Array.of(-1))).toThrow("ids[0] is -1");
    });
  });

  test.each([
    [1, 1],
    [3, 7],
    [13, 64],
  ])("rmsNorm of %i x %i", (rows, width) => {
    backend.scope(() => {
      const x = randomMatrix(rows, width, 3);
      const weight = randomMatrix(1, width, 4);
      const gradOut = randomMatrix(rows, width, 5);
      const [xT, weightT] = [up(x), uploadVector(backend, weight[0]!)];
      const { out, inverseRms } = backend.rmsNorm(xT, weightT, 1e-3);
      expect(relativeError(values(out), reference.rmsNorm(x, weight[0]!, 1e-3).flat())).toBeLessThanOrEqual(TOLERANCE);
      const gradWeight = uploadVector(
        backend,
        Array.from({ length: width }, () => 1),
      );
      const gradX = backend.rmsNormBackward(up(gradOut), xT, weightT, inverseRms, gradWeight);
      const loss = (): number => weighted(reference.rmsNorm(x, weight[0]!, 1e-3), gradOut);
      expect(relativeError(values(gradX), finiteDifferences(x, loss))).toBeLessThanOrEqual(GRADIENT_TOLERANCE);
      expect(
        relativeError(
          values(gradWeight),
          finiteDifferences(weight, loss).map((g) => g + 1),
        ),
      ).toBeLessThanOrEqual(GRADIENT_TOLERANCE);
      const frozen = backend.rmsNormBackward(up(gradOut), xT, weightT, inverseRms, undefined);
      expect(values(frozen)).toEqual(values(gradX));
    });
  });

  test.each([
    [1, 1, 1],
    [5, 7, 3],
    [31, 17, 13],
    [2, 64, 9],
  ])("linear with %i rows, %i inputs, %i outputs", (rows, inputs, outputs) => {
    backend.scope(() => {
      const x = randomMatrix(rows, inputs, 6);
      const weight = randomMatrix(outputs, inputs, 7);
      const bias = randomMatrix(1, outputs, 8);
      const gradOut = randomMatrix(rows, outputs, 9);
      const [xT, weightT, biasT, gradOutT] = [up(x), up(weight), uploadVector(backend, bias[0]!), up(gradOut)];
      expect(
        relativeError(values(backend.linear(xT, weightT, biasT)), reference.linear(x, weight, bias[0]).flat()),
      ).toBeLessThanOrEqual(TOLERANCE);
      expect(
        relativeError(values(backend.linear(xT, weightT, undefined)), reference.linear(x, weight, undefined).flat()),
      ).toBeLessThanOrEqual(TOLERANCE);
      const grads = { weight: backend.zeros([outputs, inputs]), bias: backend.zeros([outputs]) };
      backend.linearBackward(gradOutT, xT, weightT, grads);
      const gradX = backend.linearBackward(gradOutT, xT, weightT, grads);
      const loss = (): number => weighted(reference.linear(x, weight, bias[0]), gradOut);
      const twice = (gradient: number[]): number[] => gradient.map((g) => 2 * g);
      expect(relativeError(values(gradX), finiteDifferences(x, loss))).toBeLessThanOrEqual(GRADIENT_TOLERANCE);
      expect(relativeError(values(grads.weight), twice(finiteDifferences(weight, loss)))).toBeLessThanOrEqual(
        GRADIENT_TOLERANCE,
      );
      expect(relativeError(values(grads.bias), twice(finiteDifferences(bias, loss)))).toBeLessThanOrEqual(
        GRADIENT_TOLERANCE,
      );
      const frozen = backend.linearBackward(gradOutT, xT, weightT, { weight: undefined, bias: undefined });
      expect(values(frozen)).toEqual(values(gradX));
    });
  });

  test("linear sees weights that were written to after their first use", () => {
    backend.scope(() => {
      const x = randomMatrix(3, 4, 10);
      const [before, after] = [randomMatrix(5, 4, 11), randomMatrix(5, 4, 12)];
      const gradOut = randomMatrix(3, 5, 13);
      const [xT, weightT] = [up(x), up(before)];
      const none = { weight: undefined, bias: undefined };
      backend.linear(xT, weightT, undefined);
      backend.linearBackward(up(gradOut), xT, weightT, none);
      backend.write(weightT, Float32Array.from(after.flat()));
      expect(
        relativeError(values(backend.linear(xT, weightT, undefined)), reference.linear(x, after, undefined).flat()),
      ).toBeLessThanOrEqual(TOLERANCE);
      const gradX = backend.linearBackward(up(gradOut), xT, weightT, none);
      const loss = (): number => weighted(reference.linear(x, after, undefined), gradOut);
      expect(relativeError(values(gradX), finiteDifferences(x, loss))).toBeLessThanOrEqual(GRADIENT_TOLERANCE);
      backend.scale([weightT], 0.5);
      const halved = after.map((row) => row.map((w) => w / 2));
      expect(
        relativeError(values(backend.linear(xT, weightT, undefined)), reference.linear(x, halved, undefined).flat()),
      ).toBeLessThanOrEqual(TOLERANCE);
    });
  });

  test("linear of no rows is empty and leaves gradients alone", () => {
    backend.scope(() => {
      const [x, weight] = [backend.zeros([0, 4]), up(randomMatrix(5, 4, 14))];
      const out = backend.linear(x, weight, undefined);
      expect(out.shape).toEqual([0, 5]);
      const grads = { weight: backend.zeros([5, 4]), bias: backend.zeros([5]) };
      expect(backend.linearBackward(out, x, weight, grads).shape).toEqual([0, 4]);
      expect(backend.globalNorm([grads.weight, grads.bias])).toBe(0);
    });
  });

  test("swiGlu, also far from 0", () => {
    backend.scope(() => {
      const gate = [
        ...randomMatrix(5, 11, 15, 3),
        Array.from({ length: 11 }, () => -800),
        Array.from({ length: 11 }, () => 800),
      ];
      const upper = randomMatrix(7, 11, 16);
      const gradOut = randomMatrix(7, 11, 17);
      const [gateT, upT] = [up(gate), up(upper)];
      expect(
        relativeError(values(backend.swiGlu(gateT, upT)), reference.swiGlu(gate, upper).flat()),
      ).toBeLessThanOrEqual(TOLERANCE);
      const grads = backend.swiGluBackward(up(gradOut), gateT, upT);
      const loss = (): number => weighted(reference.swiGlu(gate, upper), gradOut);
      expect(relativeError(values(grads.gate), finiteDifferences(gate, loss))).toBeLessThanOrEqual(GRADIENT_TOLERANCE);
      expect(relativeError(values(grads.up), finiteDifferences(upper, loss))).toBeLessThanOrEqual(GRADIENT_TOLERANCE);
    });
  });

  test("residualAdd without dropout", () => {
    backend.scope(() => {
      const [x, branch] = [randomMatrix(3, 5, 18), randomMatrix(3, 5, 19)];
      const sum = x.flatMap((row, t) => row.map((value, j) => value + branch[t]![j]!));
      expect(relativeError(values(backend.residualAdd(up(x), up(branch), undefined)), sum)).toBeLessThanOrEqual(
        TOLERANCE,
      );
      const gradOut = up(branch);
      expect(values(backend.residualAddBackward(gradOut, undefined))).toEqual(values(gradOut));
    });
  });

  test("gatherRows", () => {
    backend.scope(() => {
      const x = randomMatrix(4, 3, 20);
      expect(
        relativeError(values(backend.gatherRows(up(x), Int32Array.of(2, 2, 0))), [x[2]!, x[2]!, x[0]!].flat()),
      ).toBeLessThanOrEqual(0);
      expect(() => backend.gatherRows(up(x), Int32Array.of(4))).toThrow("rows[0] is 4");
    });
  });

  test.each([
    { rows: 1, width: 1, vocabulary: 1, positions: [0], targets: [0] },
    { rows: 7, width: 5, vocabulary: 13, positions: [0, 2, 2, 6], targets: [12, 0, 5, 5] },
    { rows: 3, width: 16, vocabulary: 61, positions: [1], targets: [60] },
    { rows: 3, width: 2, vocabulary: 3, positions: [], targets: [] },
  ])("token log-probabilities: $rows rows, vocabulary $vocabulary", ({ rows, width, vocabulary, ...chosen }) => {
    backend.scope(() => {
      const hidden = randomMatrix(rows, width, 21, 0.5);
      const weight = randomMatrix(vocabulary, width, 22);
      const at = { positions: Int32Array.from(chosen.positions), targets: Int32Array.from(chosen.targets) };
      const [hiddenT, weightT] = [up(hidden), up(weight)];
      const forward = backend.tokenLogProbs(hiddenT, weightT, at);
      const expected = (): number[] => reference.tokenLogProbs(hidden, weight, chosen.positions, chosen.targets);
      expect(relativeError(forward.logProbs, expected())).toBeLessThanOrEqual(TOLERANCE);
      const gradient = chosen.targets.map((_, n) => 0.5 - n);
      const gradWeight = backend.zeros([vocabulary, width]);
      const gradHidden = backend.tokenLogProbsBackward(
        Float32Array.from(gradient),
        hiddenT,
        weightT,
        at,
        forward,
        gradWeight,
      );
      const loss = (): number => expected().reduce((sum, logProb, n) => sum + logProb * gradient[n]!, 0);
      expect(relativeError(values(gradHidden), finiteDifferences(hidden, loss))).toBeLessThanOrEqual(
        GRADIENT_TOLERANCE,
      );
      expect(relativeError(values(gradWeight), finiteDifferences(weight, loss))).toBeLessThanOrEqual(
        GRADIENT_TOLERANCE,
      );
    });
  });

  test("token log-probabilities in several chunks: a vocabulary as large as SmolLM2's", () => {
    const [vocabulary, width, rows] = name === "cpu" ? [49_152, 2, 100] : [49_152, 24, 100];
    backend.scope(() => {
      const hidden = randomMatrix(rows, width, 23);
      const weight = randomMatrix(vocabulary, width, 24, 0.3);
      const positions = Int32Array.from({ length: rows }, (_, t) => t);
      const targets = positions.map((t) => (t * 491) % vocabulary);
      const [hiddenT, weightT] = [up(hidden), up(weight)];
      const forward = backend.tokenLogProbs(hiddenT, weightT, { positions, targets });
      const some = [0, 84, 85, 99];
      const expected = reference.tokenLogProbs(
        hidden,
        weight,
        some,
        some.map((t) => targets[t]!),
      );
      expect(
        relativeError(
          some.map((t) => forward.logProbs[t]!),
          expected,
        ),
      ).toBeLessThanOrEqual(TOLERANCE);
      const gradWeight = backend.zeros([vocabulary, width]);
      const ones = new Float32Array(rows).fill(1);
      backend.tokenLogProbsBackward(ones, hiddenT, weightT, { positions, targets }, forward, gradWeight);
      // Gradients of a row's logits sum to 0, so those of the weights do over the vocabulary.
      const gradient = values(gradWeight);
      for (let j = 0; j < width; j++) {
        let total = 0;
        for (let v = 0; v < vocabulary; v++) total += gradient[v * width + j]!;
        expect(Math.abs(total)).toBeLessThan(1e-3);
      }
      expect(Math.max(...gradient.subarray(0, 1000).map(Math.abs))).toBeGreaterThan(0.1);
    });
  });

  test("wrong shapes name the argument and both shapes", () => {
    backend.scope(() => {
      const x = backend.zeros([3, 4]);
      expect(() => backend.linear(x, backend.zeros([2, 5]), undefined)).toThrow(
        "weight has shape [2, 5], expected [any, 4]",
      );
      expect(() => backend.swiGlu(x, backend.zeros([3, 5]))).toThrow("up has shape [3, 5], expected [3, 4]");
      expect(() => backend.upload(new Float32Array(3), [2, 2])).toThrow("data has 3 elements, expected 4");
    });
  });
});
