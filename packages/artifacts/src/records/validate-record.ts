import type { z } from "zod";

export interface RecordProblem {
  /** As `answers[2].rank`; empty for the record itself. */
  readonly field: string;
  readonly message: string;
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, step) => {
    if (typeof step === "number") return `${name}[${step}]`;
    return name === "" ? String(step) : `${name}.${String(step)}`;
  }, "");
}

/** The first thing that is wrong, in words that name the field. */
export function firstProblem(error: z.ZodError): RecordProblem {
  const issue = error.issues[0];
  if (!issue) return { field: "", message: "is invalid" };
  if (issue.code === "unrecognized_keys") {
    const field = fieldName([...issue.path, issue.keys[0] ?? ""]);
    return { field, message: `field ${field} is not part of this record` };
  }
  const field = fieldName(issue.path);
  return { field, message: `${field === "" ? "record" : `field ${field}`}: ${issue.message}` };
}
