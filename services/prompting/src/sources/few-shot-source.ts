import type { PromptRecord } from "@srlm/artifacts";
import type { prompting } from "@srlm/contracts";
import { inference } from "@srlm/contracts";
import { invalidArgument, type JobStep, required } from "@srlm/service-kit";
import type { Attempt, PromptSource } from "../collect-prompts.ts";
import { buildFewShotPrompt, type FewShotExamples, PAPER_EXAMPLES } from "../few-shot.ts";
import { parseFewShotContinuation } from "../parse-generated.ts";
import { readPrompts } from "../prompt-datasets.ts";
import { sampleCompletions } from "../sample-texts.ts";

/**
 * Samples between two looks at what was kept. Part of the algorithm: an attempt shows prompts kept before its round,
 * so another size gives other prompts.
 */
const ROUND = 32;

/**
 * The model goes on with a numbered list of tasks: as plain text with the tokenizer's BOS, not as a chat, since it is
 * to list tasks and not to answer them. INVALID_ARGUMENT (SEED_PROMPTS_EMPTY).
 */
export async function fewShotSource(
  source: prompting.FewShotPrompts,
  seed: number,
  { artifacts, peers, signal }: JobStep,
): Promise<PromptSource> {
  const model = required(source.model, "spec.few_shot.model");
  const seedPrompts = required(source.seedPrompts, "spec.few_shot.seed_prompts");
  const seeds = (await readPrompts(artifacts, seedPrompts, signal)).map(({ prompt }) => prompt);
  if (seeds.length === 0) {
    throw invalidArgument("spec.few_shot.seed_prompts", "holds no prompt; examples come from it", "SEED_PROMPTS_EMPTY");
  }
  const { eosId } = await peers.tokenization.describeTokenizer({ tokenizer: model }, { signal });
  const sampling = required(source.sampling, "spec.few_shot.sampling");
  const promptModel = { model, sampling, seed, stopIds: eosId === undefined ? [] : [eosId] };
  const examples = examplesOf(source);
  let engineFingerprint: string | undefined;

  const attempts = async (from: number, limit: number, kept: readonly PromptRecord[]): Promise<Attempt[]> => {
    const generated = kept.map(({ prompt }) => prompt);
    const shown = Array.from({ length: Math.min(ROUND, limit) }, (_, i) =>
      buildFewShotPrompt({ seeds, generated }, seed, from + i, examples),
    );
    const texts = shown.map(({ text }) => text);
    const request = { tokenizer: model, texts, addSpecialTokens: true };
    const { sequences } = await peers.tokenization.encode(request, { signal });
    const ids = sequences.map((sequence) => sequence.ids);
    // Long examples may have been drawn; the next draw has others.
    const policy = inference.TooLongPolicy.SKIP;
    const completions = await sampleCompletions(peers, promptModel, ids, from, policy, signal);
    engineFingerprint = completions[0]?.engineFingerprint;
    const decoded = await peers.tokenization.decode(
      {
        tokenizer: model,
        sequences: completions.map((completion) => ({ ids: completion.ids })),
        skipSpecialTokens: true,
      },
      { signal },
    );
    return completions.map(({ finishReason }, i) =>
      tasksOf(decoded.texts[i] ?? "", shown[i]!.tasks.length + 1, finishReason),
    );
  };
  return {
    attempts,
    get engineFingerprint() {
      return engineFingerprint;
    },
  };
}

function examplesOf({ seedExamples, generatedExamples }: prompting.FewShotPrompts): FewShotExamples {
  if (seedExamples === 0 && generatedExamples === 0) return PAPER_EXAMPLES;
  return { seeds: seedExamples, generated: generatedExamples };
}

/** A continuation without any task counts as one empty prompt. */
function tasksOf(text: string, next: number, finishReason: inference.FinishReason): Attempt {
  if (finishReason === inference.FinishReason.PROMPT_TOO_LONG) return "too_long";
  const cutOff = finishReason === inference.FinishReason.LENGTH;
  const tasks = parseFewShotContinuation(text, next, cutOff ? "length" : "stop");
  return tasks.length > 0 ? tasks : [{ text: "", cutOff }];
}
