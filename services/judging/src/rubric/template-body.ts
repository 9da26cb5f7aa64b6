import { nearest } from "./nearest.ts";
import { RubricError } from "./rubric-error.ts";

/** A template's body, cut at its placeholders once, so that what is put in is never looked at again. */
export type BodyPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "placeholder"; readonly name: Placeholder };

export const placeholders = ["prompt", "response"] as const;
export type Placeholder = (typeof placeholders)[number];

/** `{{name}}` is a placeholder, `\{{` two literal braces. Throws RubricError for any other name and for an unclosed `{{`. */
export function parseBody(body: string): BodyPart[] {
  const parts: BodyPart[] = [];
  let literal = "";
  let position = 0;
  const flush = () => {
    if (literal !== "") parts.push({ kind: "text", text: literal });
    literal = "";
  };
  for (const match of body.matchAll(/\\\{\{|\{\{([^{}\n]*)(\}\})?/g)) {
    literal += body.slice(position, match.index);
    position = match.index + match[0].length;
    if (match[0].startsWith("\\")) {
      literal += "{{";
      continue;
    }
    flush();
    parts.push({ kind: "placeholder", name: readPlaceholder(match[1] ?? "", match[2] !== undefined) });
  }
  literal += body.slice(position);
  flush();
  return parts;
}

function readPlaceholder(inside: string, closed: boolean): Placeholder {
  const name = inside.trim();
  if (!closed) throw new RubricError("body", `{{${name} is not closed; write {{name}}, or \\{{ for literal braces`);
  const known = placeholders.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  const hint = nearest(name, placeholders);
  const remedy = hint === null ? "known ones are {{prompt}} and {{response}}" : `did you mean {{${hint}}}?`;
  throw new RubricError("body", `unknown placeholder {{${name}}}; ${remedy} (\\{{ writes literal braces)`);
}
