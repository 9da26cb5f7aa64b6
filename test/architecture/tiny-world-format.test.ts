/** The tiny world's chat template, rendered by a Jinja implementation, gives the sequences that `format.ts` promises. */
import { Template } from "@huggingface/jinja";
import { CHAT_TEMPLATE, INSTRUCTION_END, INSTRUCTION_START, JUDGE_TEMPLATE, judgePrompt } from "@srlm/tiny-world";
import { describe, expect, it } from "vitest";

const template = new Template(CHAT_TEMPLATE);
const user = { role: "user", content: "name 2 fruits in order" };

describe("the tiny world's format", () => {
  it("renders a prompt, and a prompt with its answer", () => {
    expect(template.render({ messages: [user], add_generation_prompt: true })).toBe(
      `${INSTRUCTION_START}${user.content}${INSTRUCTION_END}`,
    );
    const messages = [user, { role: "assistant", content: "sure : 1 apple 2 fig" }];
    expect(template.render({ messages, add_generation_prompt: false })).toBe(
      "<user>name 2 fruits in order<assistant>sure : 1 apple 2 fig<end>",
    );
  });

  it("refuses roles that the model has never seen", () => {
    const messages = [{ role: "system", content: "be kind" }, user];
    expect(() => template.render({ messages, add_generation_prompt: true })).toThrow(
      "the roles user and assistant only",
    );
  });

  it("writes the judge's prompt by its template", () => {
    const filled = JUDGE_TEMPLATE.replace("{{instruction}}", "a").replace("{{answer}}", "b");
    expect(judgePrompt("a", "b")).toBe(filled);
  });
});
