import { nearest } from "./nearest.ts";
import { RubricError } from "./rubric-error.ts";
import { parseRubricTemplate, type RubricTemplate } from "./rubric-template.ts";

/**
 * The additive five-point rubric: the five criteria of arXiv 2401.10020 (figure 2) in the same order, in our words.
 * Room: 100 words of justification are about 150 tokens; small tokenizers need more.
 */
const additiveFivePoint = `---
name: additive-five-point
format: chat
scores: additive
max_tokens: 384
---
You will read a question that a person asked and the response that it was given. Grade the response by collecting points. Begin at zero and go through the five criteria below; each one that the response truly earns adds one point to the total.

1. Add 1 point if the response has to do with the question and offers at least some information about it, even if it is incomplete or partly beside the point.
2. Add another point if the response deals with a substantial part of what was asked, even though it does not settle the question completely or directly.
3. Add a third point if the response answers the basic elements of the question in a way that the person can use, no matter whether it sounds like an assistant or like an excerpt from a web page, a blog or a search result.
4. Add a fourth point if the response is clearly written from the point of view of an assistant, speaks to the question directly and completely, and is well organised and helpful, even if it could be slightly clearer, shorter or better focused.
5. Add a fifth point if the response is fitted exactly to this person's question, carries nothing that does not belong there, shows expert knowledge, and is of high quality, engaging and full of insight.

<question>
{{prompt}}
</question>

<response>
{{response}}
</response>

Now judge the response between the marks above, and nothing else. First justify your total in at most 100 words, naming the criteria that are met and those that are not. Then finish with one last line of exactly this form:

Score: <total points>
`;

/** The compact form of the tiny world, whose small model is taught it by examples alone. */
const tinyWorld = `---
name: tiny-world
format: raw
scores: compact
max_tokens: 64
---
<judge><user>{{prompt}}<assistant>{{response}}<review>
`;

const builtins: ReadonlyMap<string, RubricTemplate> = new Map(
  [additiveFivePoint, tinyWorld].map((file) => {
    const template = parseRubricTemplate(file);
    return [template.name, template] as const;
  }),
);

export const builtinRubricNames: readonly string[] = [...builtins.keys()];

/** A built-in template by name. Throws RubricError for an unknown name. */
export function builtinRubric(name: string): RubricTemplate {
  const template = builtins.get(name);
  if (template !== undefined) return template;
  const hint = nearest(name, builtinRubricNames);
  const remedy = hint === null ? `built in are ${builtinRubricNames.join(" and ")}` : `did you mean ${hint}?`;
  throw new RubricError("name", `unknown rubric ${JSON.stringify(name)}; ${remedy}`);
}
