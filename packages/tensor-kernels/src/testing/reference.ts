/**
 * The operations by their definitions, in f64 and without any thought of speed: what the backends are compared with.
 * Matrices are arrays of rows.
 */
export type Matrix = number[][];

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

export function rmsNorm(x: Matrix, weight: readonly number[], epsilon: number): Matrix {
  return x.map((row) => {
    const rms = Math.sqrt(dot(row, row) / row.length + epsilon);
    return row.map((value, j) => (value / rms) * weight[j]!);
  });
}

export function linear(x: Matrix, weight: Matrix, bias: readonly number[] | undefined): Matrix {
  return x.map((row) => weight.map((w, o) => dot(row, w) + (bias?.[o] ?? 0)));
}

export function swiGlu(gate: Matrix, up: Matrix): Matrix {
  return gate.map((row, t) => row.map((g, j) => (g / (1 + Math.exp(-g))) * up[t]![j]!));
}

export interface ReferenceAttention {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly scale: number;
  readonly offsets: readonly number[];
  /** Angle of pair j at position p. */
  readonly angle: (position: number, j: number) => number;
}

function rotate(head: readonly number[], position: number, angle: ReferenceAttention["angle"]): number[] {
  const half = head.length / 2;
  return head.map((value, j) => {
    const a = angle(position, j % half);
    const partner = j < half ? -head[j + half]! : head[j - half]!;
    return value * Math.cos(a) + partner * Math.sin(a);
  });
}

export function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

export function attention(query: Matrix, key: Matrix, value: Matrix, spec: ReferenceAttention): Matrix {
  const { heads, kvHeads, headDim, scale, offsets, angle } = spec;
  return query.map((row, t) => {
    const start = offsets.filter((offset) => offset <= t).at(-1)!;
    const out: number[] = [];
    for (let h = 0; h < heads; h++) {
      const g = Math.floor((h * kvHeads) / heads) * headDim;
      const q = rotate(row.slice(h * headDim, (h + 1) * headDim), t - start, angle);
      const seen = Array.from({ length: t - start + 1 }, (_, j) => start + j);
      const p = softmax(seen.map((j) => scale * dot(q, rotate(key[j]!.slice(g, g + headDim), j - start, angle))));
      for (let d = 0; d < headDim; d++)
        out.push(
          dot(
            p,
            seen.map((j) => value[j]![g + d]!),
          ),
        );
    }
    return out;
  });
}

export function tokenLogProbs(
  hidden: Matrix,
  weight: Matrix,
  positions: readonly number[],
  targets: readonly number[],
): number[] {
  return positions.map((position, n) => {
    const logits = weight.map((w) => dot(hidden[position]!, w));
    return Math.log(softmax(logits)[targets[n]!]!);
  });
}

export interface ReferenceLayer {
  readonly attentionNorm: number[];
  readonly mlpNorm: number[];
  readonly query: Matrix;
  readonly key: Matrix;
  readonly value: Matrix;
  readonly output: Matrix;
  readonly gate: Matrix;
  readonly up: Matrix;
  readonly down: Matrix;
}

const add = (a: Matrix, b: Matrix): Matrix => a.map((row, t) => row.map((x, j) => x + b[t]![j]!));

/** Logits of all positions of a ragged batch. */
export function decoder(
  weights: { embedding: Matrix; layers: ReferenceLayer[]; finalNorm: number[]; head: Matrix; epsilon: number },
  ids: readonly number[],
  spec: ReferenceAttention,
): Matrix {
  let hidden: Matrix = ids.map((id) => [...weights.embedding[id]!]);
  for (const layer of weights.layers) {
    const normed = rmsNorm(hidden, layer.attentionNorm, weights.epsilon);
    const [q, k, v] = [layer.query, layer.key, layer.value].map((w) => linear(normed, w, undefined));
    hidden = add(hidden, linear(attention(q!, k!, v!, spec), layer.output, undefined));
    const mlp = rmsNorm(hidden, layer.mlpNorm, weights.epsilon);
    const gated = swiGlu(linear(mlp, layer.gate, undefined), linear(mlp, layer.up, undefined));
    hidden = add(hidden, linear(gated, layer.down, undefined));
  }
  return linear(rmsNorm(hidden, weights.finalNorm, weights.epsilon), weights.head, undefined);
}
