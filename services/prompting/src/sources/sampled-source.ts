import type { prompting } from "@srlm/contracts";
import { inference } from "@srlm/contracts";
import { invalidArgument, type JobStep, required } from "@srlm/service-kit";
import type { Attempt, PromptSource } from "../collect-prompts.ts";
import { parseSampledPrompt } from "../parse-generated.ts";
import { sampleCompletions } from "../sample-texts.ts";

/** Enough samples at once for full batches, few enough to see progress. */
const MIN_BATCH = 16;
const MAX_BATCH = 512;

/** More samples than prompts are missing, since filters take some. How many changes no result: attempts are numbered. */
const SURPLUS = 1.25;

/** The model continues `prefix` up to `stop`. INVALID_ARGUMENT (STOP_NOT_A_SPECIAL_TOKEN). */
export async function sampledSource(
  source: prompting.SampledPrompts,
  seed: number,
  { peers, signal }: JobStep,
): Promise<PromptSource> {
  const model = required(source.model, "spec.sampled.model");
  const { specialTokens, eosId } = await peers.tokenization.describeTokenizer({ tokenizer: model }, { signal });
  const stopId = specialTokens[source.stop];
  if (stopId === undefined) {
    const known = Object.keys(specialTokens).join(" ");
    const message = `must be a special token of the model's tokenizer (${known}), got ${JSON.stringify(source.stop)}`;
    throw invalidArgument("spec.sampled.stop", message, "STOP_NOT_A_SPECIAL_TOKEN");
  }
  const { sequences } = await peers.tokenization.encode({ tokenizer: model, texts: [source.prefix] }, { signal });
  const prefixIds = sequences[0]?.ids ?? [];
  const sampling = required(source.sampling, "spec.sampled.sampling");
  const stopIds = [...new Set([stopId, ...(eosId === undefined ? [] : [eosId])])];
  let engineFingerprint: string | undefined;

  const attempts = async (from: number, limit: number, missing: number): Promise<Attempt[]> => {
    const size = Math.min(limit, MAX_BATCH, Math.max(MIN_BATCH, Math.ceil(missing * SURPLUS)));
    const ids = Array.from({ length: size }, () => prefixIds);
    // The same prefix in every attempt: one that is too long is an error of the request.
    const policy = inference.TooLongPolicy.UNSPECIFIED;
    const completions = await sampleCompletions(peers, { model, sampling, seed, stopIds }, ids, from, policy, signal);
    engineFingerprint = completions[0]?.engineFingerprint;
    const before = completions.map((completion) => beforeStop(completion.ids, stopId));
    // Special tokens stay visible: an EOS in place of the stop token, or any other, disqualifies the prompt.
    const request = { tokenizer: model, sequences: before.map((kept) => ({ ids: kept })), skipSpecialTokens: false };
    const { texts } = await peers.tokenization.decode(request, { signal });
    return completions.map(({ finishReason }, i) => {
      const ended = finishReason === inference.FinishReason.LENGTH ? "length" : "stop";
      return [parseSampledPrompt(texts[i] ?? "", before[i]!.length, ended)];
    });
  };
  return {
    attempts: (from, limit, _, missing) => attempts(from, limit, missing),
    get engineFingerprint() {
      return engineFingerprint;
    },
  };
}

function beforeStop(ids: readonly number[], stopId: number): number[] {
  const stop = ids.indexOf(stopId);
  return stop === -1 ? [...ids] : ids.slice(0, stop);
}
