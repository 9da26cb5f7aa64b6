import { readModelConfig } from "@srlm/language-model";

/**
 * What ends a completion: the ids that a caller names, such as its tokenizer's EOS, and whatever ends a text by the
 * model's own configuration: a chat model has other ends of a turn than its tokenizer's EOS.
 */
export function stopIds(modelDirectory: string, named: readonly number[]): number[] {
  return [...new Set([...named, ...readModelConfig(modelDirectory).eosTokenIds])];
}
