/**
 * How the world's text becomes a model's sequences. Text itself is words with single spaces, no special token in it;
 * what surrounds it is added here (EFT prompts), by the chat template (IFT), or in training (the rest):
 *
 *     document   <doc> text <end>                                              both tokens are added in training
 *     IFT, loop  <user> instruction <assistant> answer <end>                   chat template; <end> ends a completion
 *     EFT, judge <judge> <user> instruction <assistant> answer <review> review <end>
 *
 * written without spaces around special tokens. `<pad>` pads where an implementation needs it.
 */

/** Special tokens in the order of their ids, from 0. */
export const SPECIAL_TOKENS = ["<pad>", "<doc>", "<user>", "<assistant>", "<judge>", "<review>", "<end>"] as const;

/** Begins a document; training puts it before the text. */
export const DOCUMENT_START = "<doc>";
/** Ends a document and every completion; sampling stops at it. */
export const END = "<end>";
/** Begins an instruction: sampling from it alone makes a model write new instructions, which end at `<assistant>`. */
export const INSTRUCTION_START = "<user>";
export const INSTRUCTION_END = "<assistant>";

/** Chat template in Jinja, for `tokenizer_config.json`: one or more turns of user and assistant, no system turn. */
export const CHAT_TEMPLATE = [
  "{% for message in messages %}",
  "{% if message['role'] == 'user' %}<user>{{ message['content'] }}",
  "{% elif message['role'] == 'assistant' %}<assistant>{{ message['content'] }}<end>",
  "{% else %}{{ raise_exception('the tiny world knows the roles user and assistant only') }}{% endif %}",
  "{% endfor %}",
  "{% if add_generation_prompt %}<assistant>{% endif %}",
].join("");

/** The judge's prompt with places for instruction and answer; raw text, not for the chat template. */
export const JUDGE_TEMPLATE = "<judge><user>{{instruction}}<assistant>{{answer}}<review>";

/** The judge's prompt for one answer. */
export function judgePrompt(instruction: string, answer: string): string {
  return `<judge><user>${instruction}<assistant>${answer}<review>`;
}
