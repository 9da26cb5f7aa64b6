import type { Tensor, TokenLogProbs, TokenTargets } from "../backend.ts";
import { targetLogProbs, targetLogProbsBackward } from "../loops/log-softmax.ts";
import { gather, scatterAdd } from "../loops/matrix.ts";
import { expectIndices, expectLength, expectShape } from "./checks.ts";
import { accumulateTransposedTimes, times, timesTransposed } from "./products.ts";
import type { TensorPool } from "./tensor-pool.ts";

/** Logits in memory at once: 16 MiB, a few hundred rows of a small model and 85 of a vocabulary of 49,152. */
const LOGITS_PER_CHUNK = 2 ** 22;

interface Chunk {
  readonly begin: number;
  readonly end: number;
}

function* chunksOf(count: number, vocabulary: number): Generator<Chunk> {
  const rows = Math.max(1, Math.floor(LOGITS_PER_CHUNK / vocabulary));
  for (let begin = 0; begin < count; begin += rows) yield { begin, end: Math.min(begin + rows, count) };
}

function check(hidden: Tensor, weight: Tensor, { positions, targets }: TokenTargets): void {
  expectShape("hidden", hidden, [-1, -1]);
  expectShape("weight", weight, [-1, hidden.shape[1]!]);
  expectLength("targets", targets, positions.length);
  expectIndices("positions", positions, hidden.shape[0]!);
  expectIndices("targets", targets, weight.shape[0]!);
}

function gatherChunk(pool: TensorPool, hidden: Tensor, positions: Int32Array): Tensor {
  const width = hidden.shape[1]!;
  const rows = pool.make([positions.length, width]);
  gather(pool.read(rows), pool.read(hidden), positions, width);
  return rows;
}

export function tokenLogProbs(pool: TensorPool, hidden: Tensor, weight: Tensor, at: TokenTargets): TokenLogProbs {
  check(hidden, weight, at);
  const count = at.targets.length;
  const logProbs = new Float32Array(count);
  const logSumExp = new Float32Array(count);
  for (const { begin, end } of chunksOf(count, weight.shape[0]!)) {
    pool.scope(() => {
      const rows = gatherChunk(pool, hidden, at.positions.subarray(begin, end));
      const logits = timesTransposed(pool, rows, weight);
      targetLogProbs(
        logProbs.subarray(begin, end),
        logSumExp.subarray(begin, end),
        pool.read(logits),
        at.targets.subarray(begin, end),
      );
    });
  }
  return { logProbs, logSumExp };
}

export function tokenLogProbsBackward(
  pool: TensorPool,
  gradLogProbs: Float32Array,
  hidden: Tensor,
  weight: Tensor,
  at: TokenTargets,
  forward: TokenLogProbs,
  gradWeight: Tensor | undefined,
): Tensor {
  check(hidden, weight, at);
  expectLength("gradLogProbs", gradLogProbs, at.targets.length);
  expectLength("forward.logSumExp", forward.logSumExp, at.targets.length);
  if (gradWeight !== undefined) expectShape("gradWeight", gradWeight, weight.shape);
  const width = hidden.shape[1]!;
  const gradHidden = pool.make(hidden.shape);
  pool.read(gradHidden).fill(0);
  for (const { begin, end } of chunksOf(at.targets.length, weight.shape[0]!)) {
    pool.scope(() => {
      const positions = at.positions.subarray(begin, end);
      const rows = gatherChunk(pool, hidden, positions);
      const logits = timesTransposed(pool, rows, weight);
      targetLogProbsBackward(
        pool.read(logits),
        gradLogProbs.subarray(begin, end),
        forward.logSumExp.subarray(begin, end),
        at.targets.subarray(begin, end),
      );
      const gradRows = times(pool, logits, weight);
      scatterAdd(pool.read(gradHidden), pool.read(gradRows), positions, width);
      if (gradWeight !== undefined) accumulateTransposedTimes(pool, gradWeight, logits, rows);
    });
  }
  return gradHidden;
}
