import { setImmediate as nextTurn } from "node:timers/promises";
import { AddedTokens } from "./added-tokens.ts";
import { BYTE_CHARACTERS } from "./byte-alphabet.ts";
import { type CountedWord, MergeLearner } from "./learn-merges.ts";
import { readPreTokenizer } from "./pre-tokenizer.ts";
import { preTokenizerOf } from "./split-patterns.ts";
import type { TokenizerFiles } from "./tokenizer-files.ts";
import type { AddedToken } from "./tokenizer-json.ts";
import { checkTrainingOptions, type TokenizerTrainingOptions } from "./training-options.ts";

/** The event loop gets a turn, and the caller a report, this often: leases and streams elsewhere go on meanwhile. */
const TURN_MS = 50;

/**
 * Trains a byte-level BPE and returns its files. The result depends on how often each piece occurs in the texts and on
 * the options, not on the order of the texts: equal counts give equal bytes (ties: learn-merges.ts). Special tokens
 * that are written in the texts are cut out before counting, as encoding does.
 * Throws TokenizerError: TOKENIZER_TRAINING_INVALID naming the option, CHAT_TEMPLATE_INVALID.
 */
export async function trainTokenizer(
  texts: Iterable<string> | AsyncIterable<string>,
  options: TokenizerTrainingOptions,
): Promise<TokenizerFiles> {
  checkTrainingOptions(options);
  const special = options.specialTokens ?? [];
  // Ids as the BpeTrainer of Hugging Face gives them: special tokens, bytes in the order of their characters, merges.
  const initialTokens = [...special, ...[...BYTE_CHARACTERS].sort()];
  const pieces = await countPieces(texts, options);
  const learner = new MergeLearner(countedWords(pieces, initialTokens), initialTokens);
  const merges: string[] = [];
  const turn = new Turns();
  while (learner.tokens.length < options.vocabularySize) {
    const merge = learner.next(options.minFrequency ?? 2);
    if (merge === undefined) break;
    merges.push(`${learner.tokens[merge.left]} ${learner.tokens[merge.right]}`);
    if (turn.due()) {
      options.onProgress?.({ phase: "merging", vocabularySize: learner.tokens.length, limit: options.vocabularySize });
      await nextTurn();
    }
  }
  options.onProgress?.({ phase: "merging", vocabularySize: learner.tokens.length, limit: options.vocabularySize });
  return writeFiles(learner.tokens, merges, options);
}

async function countPieces(
  texts: Iterable<string> | AsyncIterable<string>,
  options: TokenizerTrainingOptions,
): Promise<Map<string, number>> {
  const finder = new AddedTokens(addedTokensOf(options.specialTokens ?? []), (text) => text);
  const preTokenizer = readPreTokenizer(preTokenizerOf(options.splitPattern ?? "gpt2"));
  const counts = new Map<string, number>();
  const turn = new Turns();
  let seen = 0;
  for await (const text of texts) {
    for (const part of finder.split(text)) {
      if ("id" in part) continue;
      for (const piece of preTokenizer(part.text)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
    }
    seen++;
    if (turn.due()) {
      options.onProgress?.({ phase: "counting", texts: seen });
      await nextTurn();
    }
  }
  return counts;
}

function* countedWords(pieces: ReadonlyMap<string, number>, tokens: readonly string[]): Generator<CountedWord> {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const byteIds = BYTE_CHARACTERS.map((character) => ids.get(character) as number);
  for (const [piece, count] of pieces) {
    yield { symbols: Array.from(Buffer.from(piece, "utf8"), (byte) => byteIds[byte] as number), count };
  }
}

class Turns {
  #last = performance.now();

  due(): boolean {
    const now = performance.now();
    if (now - this.#last < TURN_MS) return false;
    this.#last = now;
    return true;
  }
}

function addedTokensOf(special: readonly string[]): AddedToken[] {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return special.map((content, id) => ({ id, content, ...flags }));
}

function writeFiles(
  tokens: readonly string[],
  merges: readonly string[],
  options: TokenizerTrainingOptions,
): TokenizerFiles {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokensOf(options.specialTokens ?? []),
    normalizer: null,
    pre_tokenizer: preTokenizerOf(options.splitPattern ?? "gpt2"),
    post_processor: { ...byteLevel, trim_offsets: false },
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
  const roles = {
    ...(options.bosToken === undefined ? {} : { bos_token: options.bosToken }),
    ...(options.eosToken === undefined ? {} : { eos_token: options.eosToken }),
    ...(options.padToken === undefined ? {} : { pad_token: options.padToken }),
  };
  const config = {
    ...roles,
    ...(options.chatTemplate === undefined ? {} : { chat_template: options.chatTemplate }),
    clean_up_tokenization_spaces: false,
    tokenizer_class: "PreTrainedTokenizerFast",
  };
  const write = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  return {
    "tokenizer.json": write(tokenizer),
    "tokenizer_config.json": write(config),
    "special_tokens_map.json": write(roles),
  };
}
