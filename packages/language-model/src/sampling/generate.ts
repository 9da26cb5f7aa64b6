/**
 * Continuous batching: completions of many prompts sampled together over one cache of keys and values.
 *
 *   repeat: admit waiting prompts while rows are free (each prompt is computed once for all its candidates)
 *           draw one token for every row; finished rows leave
 *           extend the rest by their tokens in one call of the model
 *
 * Pure: token ids in, token ids out. A completion depends on model, prompt, settings, (seed, prompt key, candidate) and
 * nothing else: random numbers are keyed by these and by the position, and each row's logits depend on its own tokens
 * (to the last bit where the backend is batch-invariant).
 */
import { type KvCache, uniformAt } from "@srlm/tensor-kernels";
import type { DecodeModel } from "./decode-model.ts";
import {
  type Completion,
  checkGenerationSettings,
  checkPrompt,
  type GenerationPrompt,
  type GenerationSettings,
} from "./generation-request.ts";
import { promptWord } from "./prompt-word.ts";
import { type StopCondition, stopCondition } from "./stop-condition.ts";
import { drawToken, logProbability, warpDistribution } from "./warp-distribution.ts";

export interface BatchLimits {
  /** Sequences that are sampled at a time. */
  readonly maxRows: number;
  /** Prompt tokens that are computed at a time (one prompt may exceed it); bounds the memory of activations. */
  readonly maxPrefillTokens: number;
}

export const defaultBatchLimits: BatchLimits = { maxRows: 256, maxPrefillTokens: 4096 };

/** Some candidates of one prompt, admitted together. */
interface Group {
  readonly promptIndex: number;
  readonly firstCandidate: number;
  readonly size: number;
}

interface Row {
  readonly promptIndex: number;
  readonly candidateIndex: number;
  readonly promptIds: ArrayLike<number>;
  readonly promptWord: number;
  readonly ids: number[];
  readonly logProbs: number[];
}

/** The rows being sampled: row i of the cache belongs to rows[i], and its next logits are row i of `logits`. */
interface Active {
  readonly cache: KvCache;
  readonly rows: Row[];
  readonly logits: Float32Array;
}

/**
 * Yields after every step of the model the completions that it finished, often none; each completion comes exactly once,
 * in an order that callers must not rely on. Ending the iteration early frees everything. Throws before the first step
 * INVALID_SAMPLING_PARAMETER, INVALID_TOKEN, or PROMPT_TOO_LONG for the first prompt that does not fit.
 */
export function* generate(
  model: DecodeModel,
  prompts: readonly GenerationPrompt[],
  settings: GenerationSettings,
  limits: BatchLimits = defaultBatchLimits,
): Generator<Completion[], void, void> {
  checkGenerationSettings(settings, model);
  for (const [i, prompt] of prompts.entries()) checkPrompt(prompt, settings.maxTokens, model, `prompts[${i}]`);
  const isStopped = stopCondition(settings.stopIds, settings.stopSequences);
  const waiting = candidateGroups(prompts.length, settings.candidates, limits.maxRows);
  const cache = model.createCache(0);
  try {
    let active: Active = { cache, rows: [], logits: new Float32Array(0) };
    while (waiting.length > 0 || active.rows.length > 0) {
      const admitted = takeGroups(waiting, prompts, limits.maxRows - active.rows.length, limits.maxPrefillTokens);
      if (admitted.length > 0) active = prefill(model, prompts, admitted, active);
      const finished = drawAll(model.vocabSize, active, settings, isStopped);
      const left = active.rows.map((_, i) => i).filter((i) => finished[i] === undefined);
      yield finished.filter((completion) => completion !== undefined);
      active = extendRows(model, active, left);
    }
  } finally {
    cache.free();
  }
}

/** Every (prompt, candidate) in order, in groups of one prompt and at most `maxRows` candidates. */
function candidateGroups(prompts: number, candidates: number, maxRows: number): Group[] {
  const groups: Group[] = [];
  for (let promptIndex = 0; promptIndex < prompts; promptIndex++) {
    for (let firstCandidate = 0; firstCandidate < candidates; firstCandidate += maxRows) {
      groups.push({ promptIndex, firstCandidate, size: Math.min(maxRows, candidates - firstCandidate) });
    }
  }
  return groups;
}

/** Removes from the head of `waiting` what fits into `room` rows and one prefill. */
function takeGroups(waiting: Group[], prompts: readonly GenerationPrompt[], room: number, maxTokens: number): Group[] {
  let rows = 0;
  let tokens = 0;
  let count = 0;
  for (const { promptIndex, size } of waiting) {
    const { length } = (prompts[promptIndex] as GenerationPrompt).ids;
    if (rows + size > room || (count > 0 && tokens + length > maxTokens)) break;
    rows += size;
    tokens += length;
    count++;
  }
  return waiting.splice(0, count);
}

/** Computes the prompts of `groups` once each and appends a row for every candidate. */
function prefill(
  model: DecodeModel,
  prompts: readonly GenerationPrompt[],
  groups: readonly Group[],
  active: Active,
): Active {
  const fresh = model.createCache(groups.length);
  try {
    const promptOf = (group: Group) => prompts[group.promptIndex] as GenerationPrompt;
    const logits = extendByPrompts(model, fresh, groups.map(promptOf));
    const sources = groups.flatMap(({ size }, g) => Array.from({ length: size }, () => g));
    fresh.select(Int32Array.from(sources));
    active.cache.append(fresh);
    const rows = groups.flatMap((group) =>
      Array.from({ length: group.size }, (_, c): Row => {
        const { key, ids } = promptOf(group);
        const candidateIndex = group.firstCandidate + c;
        const { promptIndex } = group;
        return { promptIndex, candidateIndex, promptIds: ids, promptWord: promptWord(key), ids: [], logProbs: [] };
      }),
    );
    const { cache } = active;
    return {
      cache,
      rows: [...active.rows, ...rows],
      logits: joinRows(active.logits, logits, sources, model.vocabSize),
    };
  } finally {
    fresh.free();
  }
}

function extendByPrompts(model: DecodeModel, cache: KvCache, prompts: readonly GenerationPrompt[]): Float32Array {
  const offsets = new Int32Array(prompts.length + 1);
  for (const [i, { ids }] of prompts.entries()) offsets[i + 1] = (offsets[i] as number) + ids.length;
  const ids = new Int32Array(offsets[prompts.length] as number);
  for (const [i, prompt] of prompts.entries()) ids.set(prompt.ids, offsets[i]);
  return model.extend(cache, ids, offsets);
}

/** `logits`, then for each source its row of `others`. */
function joinRows(logits: Float32Array, others: Float32Array, sources: readonly number[], width: number): Float32Array {
  const joined = new Float32Array(logits.length + sources.length * width);
  joined.set(logits);
  for (const [i, source] of sources.entries()) {
    joined.set(others.subarray(source * width, (source + 1) * width), logits.length + i * width);
  }
  return joined;
}

/** Draws a token for every row; entry i is row i's completion if that finished it. */
function drawAll(
  vocabSize: number,
  { rows, logits }: Active,
  settings: GenerationSettings,
  isStopped: StopCondition,
): (Completion | undefined)[] {
  return rows.map((row, i) => {
    const rowLogits = logits.subarray(i * vocabSize, (i + 1) * vocabSize);
    const id = drawForRow(row, rowLogits, settings);
    row.ids.push(id);
    row.logProbs.push(logProbability(rowLogits, id));
    const stopped = isStopped(row.ids);
    if (!stopped && row.ids.length < settings.maxTokens) return undefined;
    return {
      promptIndex: row.promptIndex,
      candidateIndex: row.candidateIndex,
      ids: Int32Array.from(row.ids),
      logProbs: Float32Array.from(row.logProbs),
      finishReason: stopped ? "stop" : "length",
    };
  });
}

function drawForRow(row: Row, logits: Float32Array, { sampling, seed }: GenerationSettings): number {
  const seen = sampling.repetitionPenalty === undefined ? [] : [...Array.from(row.promptIds), ...row.ids];
  const distribution = warpDistribution(logits, seen, sampling);
  const place = { seed, prompt: row.promptWord, candidate: row.candidateIndex, position: row.ids.length };
  return drawToken(distribution, uniformAt(place));
}

/** Keeps the rows `left` and runs the model on the token that each drew last. */
function extendRows(model: DecodeModel, { cache, rows }: Active, left: readonly number[]): Active {
  if (left.length < rows.length) cache.select(Int32Array.from(left));
  const kept = left.map((i) => rows[i] as Row);
  if (kept.length === 0) return { cache, rows: kept, logits: new Float32Array(0) };
  const ids = Int32Array.from(kept, (row) => row.ids.at(-1) as number);
  const offsets = Int32Array.from({ length: kept.length + 1 }, (_, i) => i);
  return { cache, rows: kept, logits: model.extend(cache, ids, offsets) };
}
