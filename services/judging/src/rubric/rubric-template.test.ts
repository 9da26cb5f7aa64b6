import { describe, expect, it } from "vitest";
import { parseScore } from "../parse-score.ts";
import { builtinRubric, builtinRubricNames } from "./builtin-rubrics.ts";
import { renderRubric, renderSegments } from "./render-rubric.ts";
import { parseRubricTemplate } from "./rubric-template.ts";

const file = (changes: Record<string, string | null> = {}, body = "Q: {{prompt}}\nA: {{response}}") => {
  const fields = { name: "mine", format: "chat", scores: "additive", max_tokens: "200", ...changes };
  const lines = Object.entries(fields).flatMap(([key, value]) => (value === null ? [] : [`${key}: ${value}`]));
  return `---\n${lines.join("\n")}\n---\n${body}\n`;
};

describe("parseRubricTemplate", () => {
  it("reads a file, keeping its body but for one line break at the end", () => {
    const template = parseRubricTemplate(file({}, "Q: {{prompt}}\nA: {{ response }}\n"));
    expect(template).toMatchObject({ name: "mine", format: "chat", scores: "additive", maxTokens: 200 });
    expect(renderRubric(template, { prompt: "why?", response: "so" })).toBe("Q: why?\nA: so\n");
  });

  it("reads Windows line ends and a byte order mark", () => {
    const template = parseRubricTemplate(`\uFEFF${file().replaceAll("\n", "\r\n")}`);
    expect(template.digest).toBe(parseRubricTemplate(file()).digest);
  });

  it("lets a body hold lines of dashes", () => {
    const template = parseRubricTemplate(file({}, "a\n---\n{{prompt}}\n---\n{{response}}"));
    expect(renderRubric(template, { prompt: "p", response: "r" })).toBe("a\n---\np\n---\nr");
  });

  it.each([
    ["no front matter", "{{prompt}} {{response}}", "file: must begin with front matter"],
    ["front matter that does not end", "---\nname: x\n{{prompt}} {{response}}", "file: must begin with front matter"],
    ["a missing key", file({ scores: null }), "scores: is missing"],
    ["an empty value", file({ name: "" }), "name: is missing"],
    ["a misspelt key", file({ max_token: "3" }), 'line 6: unknown key "max_token"; did you mean max_tokens?'],
    ["a key like no other", file({ temperature: "1" }), "known keys: name, format, scores, max_tokens"],
    ["a key given twice", file().replace("format: chat", "format: chat\nformat: raw"), "line 4: format is given twice"],
    ["a line without a colon", file().replace("format: chat", "format chat"), 'unknown key "format chat"'],
    ["a bad name", file({ name: "My rubric" }), 'name: is "My rubric"; use'],
    ["a bad format", file({ format: "chatml" }), 'format: is "chatml"; must be one of chat, raw'],
    ["bad scores", file({ scores: "five" }), 'scores: is "five"; must be one of additive, compact'],
    ["no room", file({ max_tokens: "0" }), 'max_tokens: is "0"; must be a whole number from 1 to 8192'],
    ["broken room", file({ max_tokens: "3.5" }), 'max_tokens: is "3.5"'],
    ["a missing prompt", file({}, "{{response}}"), "body: lacks {{prompt}}"],
    ["a missing response", file({}, "{{prompt}} \\{{response}}"), "body: lacks {{response}}"],
    [
      "an unknown placeholder",
      file({}, "{{prompt}} {{respons}}"),
      "unknown placeholder {{respons}}; did you mean {{response}}?",
    ],
    ["a placeholder like no other", file({}, "{{x}}"), "known ones are {{prompt}} and {{response}}"],
    ["an unclosed placeholder", file({}, "{{prompt}} {{response"), "{{response is not closed"],
  ])("refuses %s", (_, text, message) => {
    expect(() => parseRubricTemplate(text)).toThrow(message);
  });

  it("digests what decides a judgement, not what it is called", () => {
    const digest = parseRubricTemplate(file()).digest;
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(parseRubricTemplate(file({ name: "other", max_tokens: "9" })).digest).toBe(digest);
    expect(parseRubricTemplate(file({ format: "raw" })).digest).not.toBe(digest);
    expect(parseRubricTemplate(file({ scores: "compact" })).digest).not.toBe(digest);
    expect(parseRubricTemplate(file({}, "Q:  {{prompt}}\nA: {{response}}")).digest).not.toBe(digest);
  });
});

describe("rendering", () => {
  const template = parseRubricTemplate(file({}, "\\{{prompt}} is {{prompt}}, again {{prompt}}: {{response}}"));

  it("expands no placeholder that a prompt or an answer contains", () => {
    const values = { prompt: "{{response}} $& $1", response: "{{prompt}} \\{{response}}" };
    expect(renderRubric(template, values)).toBe(
      "{{prompt}} is {{response}} $& $1, again {{response}} $& $1: {{prompt}} \\{{response}}",
    );
  });

  it("keeps the template's own text apart from what was put in", () => {
    expect(renderSegments(template, { prompt: "p", response: "<end>" })).toEqual([
      { text: "{{prompt}} is ", source: "template" },
      { text: "p", source: "prompt" },
      { text: ", again ", source: "template" },
      { text: "p", source: "prompt" },
      { text: ": ", source: "template" },
      { text: "<end>", source: "response" },
    ]);
  });
});

describe("built-in rubrics", () => {
  it("are the additive one and the compact one", () => {
    expect(builtinRubricNames).toEqual(["additive-five-point", "tiny-world"]);
    expect(() => builtinRubric("tiny-word")).toThrow("did you mean tiny-world?");
    expect(() => builtinRubric("zzz")).toThrow("built in are additive-five-point and tiny-world");
  });

  it("asks for five criteria in order, up to 100 words, and the score on the last line", () => {
    const text = renderRubric(builtinRubric("additive-five-point"), { prompt: "P", response: "R" });
    const criteria = [/^1\. Add 1 point.*some information/m, /^2\. .*substantial part/m, /^3\. .*basic elements/m];
    criteria.push(/^4\. .*assistant.*complete/m, /^5\. .*exactly.*expert/m);
    const places = criteria.map((criterion) => text.search(criterion));
    expect(places.every((place, index) => place > (places[index - 1] ?? -1))).toBe(true);
    expect(text).toContain("at most 100 words");
    expect(text.split("\n").at(-1)).toBe("Score: <total points>");
  });

  it("echoed by a model, is a failure", () => {
    const text = renderRubric(builtinRubric("additive-five-point"), { prompt: "P", response: "R" });
    expect(parseScore(text)).toEqual({ score: null, failure: "no_number" });
  });

  it("writes the tiny world's sequence without a line break at its end", () => {
    const text = renderRubric(builtinRubric("tiny-world"), { prompt: "name 2 fruits", response: "sure : 1 fig" });
    expect(text).toBe("<judge><user>name 2 fruits<assistant>sure : 1 fig<review>");
    expect(builtinRubric("tiny-world")).toMatchObject({ format: "raw", scores: "compact" });
  });
});
