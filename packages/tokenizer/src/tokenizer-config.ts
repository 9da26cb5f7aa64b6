/** tokenizer_config.json, special_tokens_map.json and chat_template.jinja: which tokens are special, and the template. */
import { z } from "zod";
import { TokenizerError } from "./tokenizer-error.ts";
import type { TokenizerFiles } from "./tokenizer-files.ts";
import { type AddedToken, checkJson, parseJson } from "./tokenizer-json.ts";

/** Roles that a special token can have, as both files and the templates' variables name them. */
export const SPECIAL_ROLES = [
  "bos_token",
  "eos_token",
  "unk_token",
  "pad_token",
  "sep_token",
  "cls_token",
  "mask_token",
] as const;
export type SpecialRole = (typeof SPECIAL_ROLES)[number];

const tokenSchema = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();
const rolesSchema = z.looseObject({
  bos_token: tokenSchema,
  eos_token: tokenSchema,
  unk_token: tokenSchema,
  pad_token: tokenSchema,
  sep_token: tokenSchema,
  cls_token: tokenSchema,
  mask_token: tokenSchema,
});
const configSchema = rolesSchema.extend({
  chat_template: z.union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))]).nullish(),
  added_tokens_decoder: z
    .record(
      z.string().regex(/^\d+$/),
      z.looseObject({
        content: z.string().min(1),
        single_word: z.boolean().default(false),
        lstrip: z.boolean().default(false),
        rstrip: z.boolean().default(false),
        normalized: z.boolean().default(true),
        special: z.boolean().default(false),
      }),
    )
    .nullish(),
});

export interface TokenizerConfig {
  /** Text of each special token that has a role. */
  readonly roles: Readonly<Partial<Record<SpecialRole, string>>>;
  /** Jinja source; of several named templates `default`. */
  readonly chatTemplate: string | undefined;
  /** Tokens of `added_tokens_decoder`; transformers adds those that tokenizer.json has not. */
  readonly addedTokens: readonly AddedToken[];
}

/**
 * Reads the files beside tokenizer.json, all of them optional. As in transformers chat_template.jinja goes before the
 * template in tokenizer_config.json, and tokenizer_config.json before special_tokens_map.json.
 * Throws TokenizerError (TOKENIZER_INVALID) naming file and field.
 */
export function readTokenizerConfig(files: TokenizerFiles): TokenizerConfig {
  const map = parseFile(files, "special_tokens_map.json", rolesSchema);
  const config = parseFile(files, "tokenizer_config.json", configSchema);
  const roles: Partial<Record<SpecialRole, string>> = {};
  for (const role of SPECIAL_ROLES) {
    const token = config?.[role] ?? map?.[role];
    if (token !== null && token !== undefined) roles[role] = typeof token === "string" ? token : token.content;
  }
  const addedTokens = Object.entries(config?.added_tokens_decoder ?? {}).map(([id, token]) => ({
    ...token,
    id: Number(id),
  }));
  return {
    roles,
    chatTemplate: files["chat_template.jinja"] ?? configuredTemplate(config?.chat_template),
    addedTokens,
  };
}

type FileName = "special_tokens_map.json" | "tokenizer_config.json";

function parseFile<T extends z.ZodType>(files: TokenizerFiles, name: FileName, schema: T): z.infer<T> | undefined {
  const text = files[name];
  return text === undefined ? undefined : checkJson(schema, parseJson(text, name), name, "");
}

function configuredTemplate(template: z.infer<typeof configSchema>["chat_template"]): string | undefined {
  if (template === null || template === undefined || typeof template === "string") return template ?? undefined;
  const chosen = template.find((one) => one.name === "default");
  if (chosen !== undefined || template.length === 0) return chosen?.template;
  const names = template.map((one) => one.name).join(", ");
  throw new TokenizerError(
    "TOKENIZER_INVALID",
    `tokenizer_config.json: chat_template has the templates ${names}, but none is named "default"; name one of them so`,
    { field: "tokenizer_config.json chat_template", value: names },
  );
}
