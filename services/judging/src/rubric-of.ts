import type { judging } from "@srlm/contracts";
import { invalidArgument } from "@srlm/service-kit";
import { builtinRubric } from "./rubric/builtin-rubrics.ts";
import { RubricError } from "./rubric/rubric-error.ts";
import { parseRubricTemplate, type RubricTemplate } from "./rubric/rubric-template.ts";

/** The template that a message names or holds; `field` is its path. RUBRIC_UNKNOWN, RUBRIC_INVALID, FIELD_REQUIRED. */
export function rubricOf(rubric: judging.Rubric | undefined, field: string): RubricTemplate {
  const source = rubric?.source;
  if (source === undefined) throw invalidArgument(field, "must name a built-in or hold a template", "FIELD_REQUIRED");
  try {
    return source.$case === "builtin" ? builtinRubric(source.value) : parseRubricTemplate(source.value);
  } catch (error) {
    if (!(error instanceof RubricError)) throw error;
    const reason = source.$case === "builtin" ? "RUBRIC_UNKNOWN" : "RUBRIC_INVALID";
    throw invalidArgument(`${field}.${source.$case}`, `is refused: ${error.message}`, reason);
  }
}
