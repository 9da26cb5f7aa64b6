import { type PromptRecord, promptId } from "@srlm/artifacts";

export function promptRecord(prompt: string, source: string): PromptRecord {
  return { prompt_id: promptId({ prompt }), prompt, source };
}
