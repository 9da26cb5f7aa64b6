/** The form in which prompts are compared: composed characters, lower case, one space between words, none around. */
export function normalisePrompt(text: string): string {
  return text.normalize("NFC").toLowerCase().replace(/\s+/gu, " ").trim();
}
