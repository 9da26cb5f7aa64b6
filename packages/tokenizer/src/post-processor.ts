/** Adds what a model expects around a text (BOS, EOS): the `post_processor` section of tokenizer.json. */
import { z } from "zod";
import { TokenizerError, unsupportedComponent } from "./tokenizer-error.ts";
import { checkJson, type JsonComponent } from "./tokenizer-json.ts";

export type PostProcessor = (ids: number[]) => number[];

const templateSchema = z.looseObject({
  single: z.array(
    z.union([
      z.object({ SpecialToken: z.looseObject({ id: z.string() }) }),
      z.object({ Sequence: z.looseObject({ id: z.string() }) }),
    ]),
  ),
  special_tokens: z.custom<Record<string, { ids: number[] }>>(
    (value) =>
      typeof value === "object" && value !== null && Object.values(value).every((token) => Array.isArray(token?.ids)),
    "must give each special token its ids",
  ),
});
const sequenceSchema = z.looseObject({ processors: z.array(z.looseObject({ type: z.string() })) });

/**
 * Reads the section: TemplateProcessing (its `single` form), ByteLevel (which only moves offsets, and adds nothing)
 * and sequences of them. Throws TokenizerError: TOKENIZER_UNSUPPORTED with the JSON path, TOKENIZER_INVALID.
 */
export function readPostProcessor(component: JsonComponent | null | undefined, path = "post_processor"): PostProcessor {
  if (component === null || component === undefined || component.type === "ByteLevel") return (ids) => ids;
  if (component.type === "TemplateProcessing") return readTemplate(component, path);
  if (component.type === "Sequence") {
    const steps = checkJson(sequenceSchema, component, "tokenizer.json", path).processors.map((step, index) =>
      readPostProcessor(step, `${path}.processors[${index}]`),
    );
    return (ids) => steps.reduce((processed, step) => step(processed), ids);
  }
  throw unsupportedComponent(`${path}.type`, JSON.stringify(component.type), "TemplateProcessing, ByteLevel, Sequence");
}

function readTemplate(component: JsonComponent, path: string): PostProcessor {
  const template = checkJson(templateSchema, component, "tokenizer.json", path);
  const parts = template.single.map((part, index): "text" | readonly number[] => {
    if ("Sequence" in part) {
      if (part.Sequence.id === "A") return "text";
      throw unsupportedComponent(`${path}.single[${index}].Sequence.id`, JSON.stringify(part.Sequence.id), '"A"');
    }
    const ids = template.special_tokens[part.SpecialToken.id]?.ids;
    if (ids === undefined) {
      const field = `${path}.single[${index}].SpecialToken.id`;
      throw new TokenizerError(
        "TOKENIZER_INVALID",
        `tokenizer.json: ${field} is ${JSON.stringify(part.SpecialToken.id)}, which ${path}.special_tokens has not`,
        { field: `tokenizer.json ${field}`, value: part.SpecialToken.id },
      );
    }
    return ids;
  });
  return (ids) => parts.flatMap((part) => (part === "text" ? ids : part));
}
