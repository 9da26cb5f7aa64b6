import { beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../backend.ts";
import { createBackend } from "../create-backend.ts";
import { randomMatrix, uploadMatrix, uploadVector } from "../testing/compare.ts";
import type { Matrix } from "../testing/reference.ts";

/** Widths around the tile sizes of the product kernels, the demonstration's, and SmolLM2's. */
const SHAPES: readonly (readonly [number, number])[] = [
  [1, 1],
  [3, 5],
  [17, 129],
  [64, 7],
  [65, 8],
  [64, 176],
  [176, 64],
  [64, 300],
  [576, 192],
];
const ROWS = 23;
const PARTS: readonly (readonly [number, number])[] = [
  [0, 1],
  [22, 23],
  [5, 7],
  [4, 7],
  [1, 5],
  [3, 8],
  [0, 8],
  [9, 22],
];

describe.each(["cpu", "wasm"] as const)("batch invariance on %s", (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  test("the backend claims it", () => expect(backend.info.batchInvariant).toBe(true));

  test.each(SHAPES)(
    "linear and its input gradient, %i inputs and %i outputs: rows are the same bits in any batch",
    (inputs, outputs) => {
      const [x, gradOut] = [randomMatrix(ROWS, inputs, 1), randomMatrix(ROWS, outputs, 2)];
      backend.scope(() => {
        const weight = uploadMatrix(backend, randomMatrix(outputs, inputs, 3));
        const bias = uploadVector(backend, randomMatrix(1, outputs, 4)[0]!);
        const forward = (rows: Matrix): Float32Array =>
          backend.download(backend.linear(uploadMatrix(backend, rows), weight, bias));
        const backward = (begin: number, end: number): Float32Array => {
          const [xT, gradOutT] = [x, gradOut].map((matrix) => uploadMatrix(backend, matrix.slice(begin, end)));
          return backend.download(
            backend.linearBackward(gradOutT!, xT!, weight, { weight: undefined, bias: undefined }),
          );
        };
        const [together, gradTogether] = [forward(x), backward(0, ROWS)];
        for (const [begin, end] of PARTS) {
          expect(forward(x.slice(begin, end))).toEqual(together.slice(begin * outputs, end * outputs));
          expect(backward(begin, end)).toEqual(gradTogether.slice(begin * inputs, end * inputs));
        }
      });
    },
  );

  test("token log-probabilities are the same bits in any batch", () => {
    const hidden = randomMatrix(ROWS, 64, 5);
    backend.scope(() => {
      const weight = uploadMatrix(backend, randomMatrix(301, 64, 6));
      const score = (begin: number, end: number): Float32Array => {
        const positions = Int32Array.from({ length: end - begin }, (_, n) => n);
        const targets = positions.map((n) => ((begin + n) * 13) % 301);
        const part = uploadMatrix(backend, hidden.slice(begin, end));
        return backend.tokenLogProbs(part, weight, { positions, targets }).logProbs;
      };
      const together = score(0, ROWS);
      for (const [begin, end] of PARTS) expect(score(begin, end)).toEqual(together.slice(begin, end));
    });
  });

  test("norm and dropout-free residual add see one row only", () => {
    const x = randomMatrix(ROWS, 33, 7);
    backend.scope(() => {
      const weight = uploadVector(backend, randomMatrix(1, 33, 8)[0]!);
      const run = (rows: Matrix): Float32Array => {
        const tensor = uploadMatrix(backend, rows);
        return backend.download(backend.residualAdd(tensor, backend.rmsNorm(tensor, weight, 1e-5).out, undefined));
      };
      const together = run(x);
      for (const [begin, end] of PARTS) {
        expect(run(x.slice(begin, end))).toEqual(together.slice(begin * 33, end * 33));
      }
    });
  });
});
