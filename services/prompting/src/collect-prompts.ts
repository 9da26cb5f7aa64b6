import { type PromptRecord, promptId } from "@srlm/artifacts";
import type { GeneratedPrompt, PromptFilter } from "./prompt-filter.ts";

/** A prompt on offer; one that was a record before keeps it. */
export interface OfferedPrompt extends GeneratedPrompt {
  readonly record?: PromptRecord;
}

/** What one sample gave: some prompts, in order, or nothing since its own prompt did not fit the context. */
export type Attempt = readonly OfferedPrompt[] | "too_long";

/** Where prompts come from. Attempts are numbered from 0, and each is a function of its number and of the spec. */
export interface PromptSource {
  /**
   * The attempts from number `from` on: at least one and at most `limit`, or none where the source has run dry.
   * `kept` are the prompts kept before, `missing` says how many more are wanted.
   */
  attempts(from: number, limit: number, kept: readonly PromptRecord[], missing: number): Promise<readonly Attempt[]>;
  /** Of the engine that sampled; absent where none did. */
  readonly engineFingerprint?: string | undefined;
}

export interface CollectedPrompts {
  readonly prompts: readonly PromptRecord[];
  /** Attempts that were looked at: those up to the last kept prompt, or all. */
  readonly sampled: number;
  readonly tooLong: number;
  /** Whether the source ran dry. */
  readonly dry: boolean;
}

/**
 * Takes attempts in order, offers their prompts to the filter, and stops at `count` kept ones, after `maxAttempts`, or
 * where the source runs dry. What a source samples beyond the last kept prompt changes nothing.
 */
export async function collectPrompts(
  source: PromptSource,
  filter: PromptFilter,
  count: number,
  maxAttempts: number,
  onKept: (kept: number) => void,
): Promise<CollectedPrompts> {
  const prompts: PromptRecord[] = [];
  let [sampled, tooLong] = [0, 0];
  while (prompts.length < count && sampled < maxAttempts) {
    const attempts = await source.attempts(sampled, maxAttempts - sampled, prompts, count - prompts.length);
    if (attempts.length === 0) return { prompts, sampled, tooLong, dry: true };
    for (const attempt of attempts) {
      if (prompts.length === count) break;
      sampled += 1;
      if (attempt === "too_long") tooLong += 1;
      else prompts.push(...keep(attempt, filter, count - prompts.length));
    }
    onKept(prompts.length);
  }
  return { prompts, sampled, tooLong, dry: false };
}

function keep(offered: readonly OfferedPrompt[], filter: PromptFilter, missing: number): PromptRecord[] {
  const kept: PromptRecord[] = [];
  for (const prompt of offered) {
    if (kept.length === missing) break;
    if (filter.offer(prompt) === null) kept.push(prompt.record ?? generatedRecord(prompt.text));
  }
  return kept;
}

function generatedRecord(prompt: string): PromptRecord {
  return { prompt_id: promptId({ prompt }), prompt, source: "generated" };
}
