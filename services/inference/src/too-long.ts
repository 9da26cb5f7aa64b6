import { inference } from "@srlm/contracts";
import { fromWireError, type RefusedPrompt } from "@srlm/language-model";

/** A prompt that was left out because it does not fit the context. */
export interface TooLongPrompt {
  readonly promptIndex: number;
}

/**
 * Of the prompts that an engine refused, those that the policy lets pass. Any other refusal is thrown, `name` being put
 * before it: PROMPT_TOO_LONG where the policy does not skip, INVALID_TOKEN always.
 */
export function tooLongPrompts(
  refused: readonly RefusedPrompt[],
  policy: inference.TooLongPolicy,
  name: (promptIndex: number) => string = () => "",
): TooLongPrompt[] {
  return refused.map(({ promptIndex, error }) => {
    if (policy === inference.TooLongPolicy.SKIP && error.reason === "PROMPT_TOO_LONG") return { promptIndex };
    throw fromWireError({ ...error, message: name(promptIndex) + error.message });
  });
}
