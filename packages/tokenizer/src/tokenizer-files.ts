import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TokenizerError } from "./tokenizer-error.ts";

export const TOKENIZER_FILE_NAMES = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "chat_template.jinja",
] as const;

/** The files of a tokenizer as text, as they lie in a Hugging Face directory. Only tokenizer.json is required. */
export type TokenizerFiles = Readonly<
  { "tokenizer.json": string } & Partial<Record<(typeof TOKENIZER_FILE_NAMES)[number], string>>
>;

/** Vocabularies of other formats, which transformers can convert. */
const OTHER_FORMATS = ["tokenizer.model", "vocab.json", "vocab.txt", "spiece.model", "tiktoken.model"];

/** Reads the tokenizer's files of a directory. Throws TokenizerError (TOKENIZER_MISSING) with the remedy. */
export async function readTokenizerFiles(directory: string): Promise<TokenizerFiles> {
  const listed = await readdir(directory).catch((cause: NodeJS.ErrnoException) => {
    throw new TokenizerError(
      "TOKENIZER_MISSING",
      `cannot read the tokenizer's directory ${directory}: ${cause.message}`,
      {
        field: "directory",
        value: directory,
        cause,
      },
    );
  });
  if (!listed.includes("tokenizer.json")) throw missing(directory, listed);
  const present = TOKENIZER_FILE_NAMES.filter((name) => listed.includes(name));
  const texts = await Promise.all(present.map((name) => readFile(join(directory, name), "utf8")));
  return Object.fromEntries(present.map((name, index) => [name, texts[index]])) as TokenizerFiles;
}

/** Writes the files into a directory, which is made where it is missing. Equal files give equal bytes. */
export async function writeTokenizerFiles(directory: string, files: TokenizerFiles): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of TOKENIZER_FILE_NAMES) {
    const text = files[name];
    if (text !== undefined) await writeFile(join(directory, name), text);
  }
}

function missing(directory: string, listed: readonly string[]): TokenizerError {
  const other = OTHER_FORMATS.find((name) => listed.includes(name));
  const remedy =
    other === undefined
      ? "copy the tokenizer of the model it belongs to there"
      : `it has ${other}: convert it with transformers (AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR))`;
  return new TokenizerError("TOKENIZER_MISSING", `${directory} has no tokenizer.json: ${remedy}`, {
    field: "directory",
    value: directory,
  });
}
