import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ChatTemplate } from "./chat-template.ts";

const USER = { role: "user", content: "hi" };

describe("ChatTemplate", () => {
  it("trims line breaks after blocks and blanks before them, as transformers does", () => {
    const template = new ChatTemplate(
      "{% for m in messages %}\n    {% if true %}\n{{ m['content'] }}\n    {% endif %}\n{% endfor %}\n",
    );
    expect(template.render([USER, USER], {})).toBe("hi\nhi\n");
  });

  it("gives the template special tokens, variables and the generation prompt", () => {
    const template = new ChatTemplate(
      "{{ bos_token }}{{ style }}{% if add_generation_prompt %}>{% endif %}{{ eos_token }}",
    );
    expect(template.render([], { bos_token: "<s>" }, { variables: { style: "x" }, addGenerationPrompt: true })).toBe(
      "<s>x>",
    );
    expect(template.render([], { bos_token: "<s>" })).toBe("<s>");
  });

  it("leaves content alone that looks like Jinja", () => {
    const template = new ChatTemplate("{{ messages[0].content }}");
    expect(template.render([{ role: "user", content: "{{ 7 * 7 }} {% raw %}" }], {})).toBe("{{ 7 * 7 }} {% raw %}");
  });

  it("reports what the template raises in its own words", () => {
    const template = new ChatTemplate("{{ raise_exception('roles must alternate') }}");
    expect(() => template.render([USER], {})).toThrow(
      expect.objectContaining({
        reason: "CHAT_TEMPLATE_REJECTED",
        message: "the chat template rejects the conversation: roles must alternate",
      }),
    );
  });

  it("refuses what is no Jinja", () => {
    expect(() => new ChatTemplate("{% for m in messages %}")).toThrow(
      expect.objectContaining({ reason: "CHAT_TEMPLATE_INVALID" }),
    );
  });

  it("has the digest of its source", () => {
    expect(new ChatTemplate("é").digest).toBe(createHash("sha256").update(Buffer.from("é")).digest("hex"));
  });
});
