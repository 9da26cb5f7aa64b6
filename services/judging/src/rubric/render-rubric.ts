import type { RubricTemplate } from "./rubric-template.ts";
import type { Placeholder } from "./template-body.ts";

/**
 * A stretch of a judge prompt. Special tokens may be recognised in the template's own text alone: an answer that
 * spells `<end>` or `<|eot_id|>` is text to be judged and must not end a turn.
 */
export interface RenderedSegment {
  readonly text: string;
  readonly source: "template" | Placeholder;
}

/** The judge prompt as segments in reading order; values are put in as they are and never expanded themselves. */
export function renderSegments(
  template: RubricTemplate,
  values: Readonly<Record<Placeholder, string>>,
): RenderedSegment[] {
  return template.body.map((part) =>
    part.kind === "text" ? { text: part.text, source: "template" } : { text: values[part.name], source: part.name },
  );
}

/** The judge prompt as one text: for `chat` the user message's content, for `raw` the whole text. */
export function renderRubric(template: RubricTemplate, values: Readonly<Record<Placeholder, string>>): string {
  return renderSegments(template, values)
    .map((segment) => segment.text)
    .join("");
}
