/**
 * Examples as ids. Prompt and completion are tokenised apart and never joined as text, so that training sees the ids
 * that sampling will see; the completion ends with EOS, which is trained. A rendered template gets no second BOS.
 */
import {
  type DocumentRecord,
  documentKind,
  type SftExampleRecord,
  sftExampleKind,
  type TokenizedExampleRecord,
} from "@srlm/artifacts";
import { tokenization } from "@srlm/contracts";
import { invalidArgument } from "@srlm/service-kit";
import type { Tokenizer } from "@srlm/tokenizer";

const asWritten = { addSpecialTokens: false } as const;

/** What is put around a document, special tokens written as text. */
export interface DocumentFrame {
  readonly prefix: string;
  readonly suffix: string;
}

export function tokenizeDocument(
  tokenizer: Tokenizer,
  { document_id, text }: DocumentRecord,
  { prefix, suffix }: DocumentFrame,
  index: number,
): TokenizedExampleRecord {
  return {
    example_id: document_id ?? `document-${index}`,
    kind: "document",
    prompt_ids: tokenizer.encode(prefix, asWritten),
    completion_ids: tokenizer.encode(text + suffix, asWritten),
  };
}

export function tokenizeExample(
  tokenizer: Tokenizer,
  { example_id, kind, prompt, completion, prompt_format }: SftExampleRecord,
): TokenizedExampleRecord {
  const promptIds =
    prompt_format === "chat"
      ? tokenizer.encodeChat([{ role: "user", content: prompt }], { addGenerationPrompt: true })
      : tokenizer.encode(prompt, asWritten);
  return {
    example_id,
    kind,
    prompt_ids: promptIds,
    completion_ids: [...tokenizer.encode(completion, asWritten), eosId(tokenizer)],
  };
}

function eosId(tokenizer: Tokenizer): number {
  const id = tokenizer.specialIds.eos_token;
  if (id === undefined) {
    const remedy = "has no eos_token; name one in tokenizer_config.json: completions must end with it";
    throw invalidArgument("spec.tokenizer", remedy, "EOS_MISSING");
  }
  return id;
}

/** The record kind of a dataset. */
export function datasetKind(kind: tokenization.DatasetKind) {
  switch (kind) {
    case tokenization.DatasetKind.DOCUMENTS:
      return documentKind;
    case tokenization.DatasetKind.SFT_EXAMPLES:
      return sftExampleKind;
    default:
      throw invalidArgument("spec.dataset_kind", "must be DATASET_KIND_DOCUMENTS or DATASET_KIND_SFT_EXAMPLES");
  }
}
