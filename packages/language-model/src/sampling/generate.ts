/**
 * Continuous batching: completions of many prompts sampled together over one cache of keys and values.
 *
 *   repeat: admit waiting prompts where rows are free; a prompt is computed once for all its candidates, and a prefix
 *           that the admitted prompts share (a rubric) once for all of them
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

/** Prompts wait until this share of the rows is free: a prefill of many costs little more than one of a few. */
const admissionShare = 0.125;
/** Shorter prefixes are not worth a call of the model of their own. */
const leastSharedPrefix = 16;

/** Some candidates of one prompt, admitted together. */
interface Group {
  readonly promptIndex: number;
  readonly firstCandidate: number;
  readonly size: number;
}

interface Row {
  readonly promptIndex: number;
  readonly candidateIndex: number;
  readonly promptIds: readonly number[];
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
      const admitted = takeGroups(waiting, prompts, active.rows.length, limits);
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

/** Removes from the head of `waiting` what fits into the free rows and one prefill; nothing while few rows are free. */
function takeGroups(
  waiting: Group[],
  prompts: readonly GenerationPrompt[],
  activeRows: number,
  { maxRows, maxPrefillTokens }: BatchLimits,
): Group[] {
  if (activeRows > maxRows * (1 - admissionShare)) return [];
  let rows = activeRows;
  let tokens = 0;
  let count = 0;
  for (const { promptIndex, size } of waiting) {
    const { length } = (prompts[promptIndex] as GenerationPrompt).ids;
    if (rows + size > maxRows || (count > 0 && tokens + length > maxPrefillTokens)) break;
    rows += size;
    tokens += length;
    count++;
  }
  return waiting.splice(0, count);
}

/** Computes the prompts of `groups` once each, their common prefix once, and appends a row for every candidate. */
function prefill(
  model: DecodeModel,
  prompts: readonly GenerationPrompt[],
  groups: readonly Group[],
  { cache, rows, logits }: Active,
): Active {
  const promptOf = (group: Group) => prompts[group.promptIndex] as GenerationPrompt;
  const promptIds = groups.map((group) => Array.from(promptOf(group).ids));
  const fresh = model.createCache(1);
  try {
    const shared = groups.length === 1 ? 0 : sharedPrefix(promptIds);
    if (shared > 0) extendByAll(model, fresh, [(promptIds[0] as number[]).slice(0, shared)]);
    fresh.select(new Int32Array(groups.length));
    const own = promptIds.map((ids) => ids.slice(shared));
    const promptLogits = extendByAll(model, fresh, own);
    const sources = groups.flatMap(({ size }, g) => Array.from({ length: size }, () => g));
    fresh.select(Int32Array.from(sources));
    cache.append(fresh);
    const added = groups.flatMap((group, g) => groupRows(group, promptOf(group), promptIds[g] as number[]));
    return { cache, rows: [...rows, ...added], logits: joinRows(logits, promptLogits, sources, model.vocabSize) };
  } finally {
    fresh.free();
  }
}

function groupRows({ promptIndex, firstCandidate, size }: Group, prompt: GenerationPrompt, promptIds: number[]): Row[] {
  const word = promptWord(prompt.key);
  return Array.from({ length: size }, (_, c) => {
    return { promptIndex, candidateIndex: firstCandidate + c, promptIds, promptWord: word, ids: [], logProbs: [] };
  });
}

/** Length of the prefix that all have in common, short of at least one id of each; 0 where it is not worth it. */
function sharedPrefix(prompts: readonly (readonly number[])[]): number {
  const first = prompts[0] as readonly number[];
  let length = Math.min(...prompts.map((prompt) => prompt.length)) - 1;
  for (const prompt of prompts) {
    for (let i = 0; i < length; i++) if (prompt[i] !== first[i]) length = i;
  }
  return length < leastSharedPrefix ? 0 : length;
}

/** Appends each sequence to its row. */
function extendByAll(model: DecodeModel, cache: KvCache, sequences: readonly (readonly number[])[]): Float32Array {
  const offsets = new Int32Array(sequences.length + 1);
  for (const [b, { length }] of sequences.entries()) offsets[b + 1] = (offsets[b] as number) + length;
  return model.extend(cache, Int32Array.from(sequences.flat()), offsets);
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
  const seen = sampling.repetitionPenalty === undefined ? [] : [...row.promptIds, ...row.ids];
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
