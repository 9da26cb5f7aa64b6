import { BYTE_CHARACTERS, readBytes, writeBytes } from "./byte-alphabet.ts";
import { type MergeTable, mergeSymbols } from "./merge-symbols.ts";
import { MAX_VOCABULARY_SIZE } from "./pair-key.ts";
import { TokenizerError, unsupportedComponent } from "./tokenizer-error.ts";
import type { JsonModel } from "./tokenizer-json.ts";

/** Pieces kept with their ids: some MB at most. Natural text repeats far fewer. */
const CACHE_PIECES = 65_536;
/** Longer pieces hardly ever come again. */
const CACHE_PIECE_LENGTH = 64;

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Byte-level BPE: pieces of text to token ids. Written as tokens in the byte alphabet. */
export class BpeModel {
  readonly tokenToId: ReadonlyMap<string, number>;
  readonly idToToken: ReadonlyMap<number, string>;
  readonly #byteIds: readonly (number | undefined)[];
  readonly #merges: MergeTable;
  readonly #unknownId: number | undefined;
  readonly #fuseUnknown: boolean;
  readonly #ignoreMerges: boolean;
  readonly #cache = new Map<string, readonly number[]>();

  /** Throws TokenizerError: TOKENIZER_UNSUPPORTED for settings not implemented, TOKENIZER_INVALID for broken ones. */
  constructor(model: JsonModel) {
    refuseSettings(model);
    this.tokenToId = new Map(Object.entries(model.vocab));
    this.idToToken = readIds(this.tokenToId);
    this.#merges = readMerges(model, this.tokenToId);
    this.#byteIds = BYTE_CHARACTERS.map((character) => this.tokenToId.get(character));
    this.#unknownId = readUnknownId(model, this.tokenToId);
    this.#fuseUnknown = model.fuse_unk;
    this.#ignoreMerges = model.ignore_merges;
  }

  /** Ids of one piece. Lone surrogates are encoded as U+FFFD. The result is shared: do not write to it. */
  encode(piece: string): readonly number[] {
    const known = this.#cache.get(piece);
    if (known !== undefined) return known;
    const bytes = utf8.encode(piece);
    const ids = this.#encodeBytes(bytes);
    if (piece.length <= CACHE_PIECE_LENGTH) {
      if (this.#cache.size >= CACHE_PIECES) this.#cache.clear();
      // A fresh string: a slice would keep the whole text that it was cut from in memory.
      this.#cache.set(fromUtf8.decode(bytes), ids);
    }
    return ids;
  }

  #encodeBytes(bytes: Uint8Array): number[] {
    if (this.#ignoreMerges) {
      const whole = this.tokenToId.get(writeBytes(bytes));
      if (whole !== undefined) return [whole];
    }
    return mergeSymbols(this.#symbols(bytes), this.#merges);
  }

  /** A byte that is no token becomes the unknown token, where there is none nothing, as in tokenizers. */
  #symbols(bytes: Uint8Array): number[] {
    const symbols: number[] = [];
    let afterUnknown = false;
    for (const byte of bytes) {
      const id = this.#byteIds[byte];
      if (id !== undefined) symbols.push(id);
      else if (this.#unknownId !== undefined && !(afterUnknown && this.#fuseUnknown)) symbols.push(this.#unknownId);
      afterUnknown = id === undefined;
    }
    return symbols;
  }
}

/** Bytes that a token stands for: its characters in the byte alphabet, or its UTF-8 where one is not in it. */
export function tokenBytes(token: string): Uint8Array {
  return readBytes(token) ?? utf8.encode(token);
}

function refuseSettings(model: JsonModel): void {
  if (model.byte_fallback) throw unsupportedComponent("model.byte_fallback", "true", "false");
  if ((model.dropout ?? 0) !== 0) throw unsupportedComponent("model.dropout", String(model.dropout), "null or 0");
  for (const name of ["continuing_subword_prefix", "end_of_word_suffix"] as const) {
    const value = model[name] ?? "";
    if (value !== "") throw unsupportedComponent(`model.${name}`, JSON.stringify(value), "none");
  }
}

function readIds(vocabulary: ReadonlyMap<string, number>): Map<number, string> {
  const tokens = new Map<number, string>();
  for (const [token, id] of vocabulary) {
    const other = tokens.get(id);
    if (other !== undefined || id >= MAX_VOCABULARY_SIZE) {
      const problem =
        other === undefined ? `is above ${MAX_VOCABULARY_SIZE - 1}` : `is also that of ${JSON.stringify(other)}`;
      throw new TokenizerError(
        "TOKENIZER_INVALID",
        `tokenizer.json: model.vocab: id ${id} of ${JSON.stringify(token)} ${problem}`,
        {
          field: "tokenizer.json model.vocab",
          value: String(id),
        },
      );
    }
    tokens.set(id, token);
  }
  return tokens;
}

function readMerges(model: JsonModel, vocabulary: ReadonlyMap<string, number>): MergeTable {
  const ranks = new Map<number, Map<number, number>>();
  const results: number[] = [];
  for (const [rank, merge] of model.merges.entries()) {
    const parts = typeof merge === "string" ? merge.split(" ") : merge;
    const [left = "", right = ""] = parts;
    const leftId = vocabulary.get(left);
    const rightId = vocabulary.get(right);
    const resultId = vocabulary.get(left + right);
    if (parts.length !== 2 || leftId === undefined || rightId === undefined || resultId === undefined) {
      const path = `model.merges[${rank}]`;
      const problem = parts.length === 2 ? "names a token that model.vocab has not" : "is no pair of tokens";
      throw new TokenizerError("TOKENIZER_INVALID", `tokenizer.json: ${path} (${JSON.stringify(merge)}) ${problem}`, {
        field: `tokenizer.json ${path}`,
        value: String(merge),
      });
    }
    results.push(resultId);
    let rightRanks = ranks.get(leftId);
    if (rightRanks === undefined) {
      rightRanks = new Map();
      ranks.set(leftId, rightRanks);
    }
    rightRanks.set(rightId, rank);
  }
  return { ranks, results };
}

function readUnknownId(model: JsonModel, vocabulary: ReadonlyMap<string, number>): number | undefined {
  if (model.unk_token === null || model.unk_token === undefined) return undefined;
  const id = vocabulary.get(model.unk_token);
  if (id === undefined) {
    throw new TokenizerError(
      "TOKENIZER_INVALID",
      `tokenizer.json: model.unk_token ${JSON.stringify(model.unk_token)} is not in model.vocab`,
      { field: "tokenizer.json model.unk_token", value: model.unk_token },
    );
  }
  return id;
}
