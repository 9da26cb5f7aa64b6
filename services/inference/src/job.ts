/**
 * The sampling job: N answers of a model to each prompt. Prompts are cut into shards by the spec alone, and random
 * numbers are keyed by prompt id, so that results do not depend on replicas.
 */
import {
  type ArtifactRef,
  type CandidateRecord,
  candidateId,
  candidateKind,
  joinRecords,
  type PromptRecord,
  promptKind,
  type RecordRange,
  readRange,
  recordOrigin,
  recordRanges,
  writeRecords,
} from "@srlm/artifacts";
import { inference } from "@srlm/contracts";
import { type Completion, type SamplingEngines } from "@srlm/language-model";
import { type JobKind, required, type ShardRun } from "@srlm/service-kit";
import { openModel } from "./models.ts";
import { checkSampling, samplingSettings } from "./sampling-parameters.ts";
import { stopIds } from "./stop-ids.ts";
import { tooLongPrompts } from "./too-long.ts";

/** Prompts in a shard where the spec says nothing: enough for full batches, few enough to lose little. */
const defaultShardSize = 64;

interface SampledShard {
  readonly candidates: ArtifactRef;
  readonly counts: SampledCounts;
}

interface SampledCounts {
  readonly prompts: number;
  readonly tooLong: number;
  readonly candidates: number;
  readonly tokens: number;
  readonly stopped: number;
}

export function samplingJob(engines: SamplingEngines): JobKind<inference.SamplingSpec, RecordRange, SampledShard> {
  return {
    kind: "sampling",
    specType: inference.SamplingSpec,
    unit: "prompts",
    concurrency: engines.size,
    async plan(spec) {
      const { recordCount } = required(spec.prompts, "spec.prompts");
      const ranges = recordRanges(recordCount, spec.shardSize || defaultShardSize);
      return ranges.map((range) => ({ payload: range, size: range.end - range.start }));
    },
    async runShard(spec, range, run) {
      const { artifacts, signal } = run;
      const prompts = await readRange(artifacts, promptKind, required(spec.prompts, "spec.prompts"), range, { signal });
      const { records, tooLong, fingerprint } = await sample(engines, spec, prompts, run);
      const candidates = await writeRecords(artifacts, candidateKind, records, { signal });
      const counts = {
        prompts: prompts.length,
        tooLong,
        candidates: records.length,
        tokens: records.reduce((sum, { completion_ids }) => sum + completion_ids.length, 0),
        stopped: records.filter(({ finish_reason }) => finish_reason === "stop").length,
      };
      return { value: { candidates, counts }, engineFingerprint: fingerprint };
    },
    async finish(spec, results, step) {
      const { artifacts } = step;
      const parts = results.map(({ value }) => value);
      const candidates = await joinRecords(
        artifacts,
        candidateKind,
        parts.map((part) => part.candidates),
        step,
      );
      const parameters = {
        candidates: Math.max(1, spec.candidates),
        sampling: checkSampling(spec.sampling, "spec.sampling"),
        seed: spec.seed,
        engine_fingerprint: results[0]?.engineFingerprint ?? "",
      };
      const inputs = { model: spec.model!, prompts: spec.prompts! };
      await recordOrigin(artifacts, candidates, { kind: "candidate", producer: step.job, inputs, parameters }, step);
      const sum = (pick: (counts: SampledCounts) => number) =>
        parts.reduce((total, { counts }) => total + pick(counts), 0);
      const answers = Math.max(1, candidates.recordCount);
      const metrics = {
        prompts: sum((counts) => counts.prompts),
        candidates: candidates.recordCount,
        generated_tokens: sum((counts) => counts.tokens),
        stopped_share: sum((counts) => counts.stopped) / answers,
        mean_tokens: sum((counts) => counts.tokens) / answers,
        skipped_too_long: sum((counts) => counts.tooLong),
      };
      return { outputs: { candidates }, metrics };
    },
  };
}

interface Sampled {
  readonly records: CandidateRecord[];
  readonly tooLong: number;
  readonly fingerprint: string;
}

async function sample(
  engines: SamplingEngines,
  spec: inference.SamplingSpec,
  prompts: readonly PromptRecord[],
  run: ShardRun,
): Promise<Sampled> {
  const { artifacts, peers, signal } = run;
  const tokenizer = required(spec.model, "spec.model");
  const sampling = checkSampling(spec.sampling, "spec.sampling");
  const model = await openModel(artifacts, tokenizer, "spec.model", signal);
  const described = await peers.tokenization.describeTokenizer({ tokenizer }, { signal });
  const conversations = prompts.map(({ prompt }) => ({ messages: [{ role: "user", content: prompt }] }));
  const { chats, templateSha256 } = await peers.tokenization.renderChat(
    { tokenizer, conversations, addGenerationPrompt: true },
    { signal },
  );
  const candidates = Math.max(1, spec.candidates);
  const completions: Completion[] = [];
  const { refused, fingerprint } = await engines.generate(
    {
      model,
      prompts: prompts.map(({ prompt_id }, i) => ({ key: prompt_id, ids: chats[i]!.ids })),
      settings: {
        sampling: samplingSettings(sampling),
        candidates,
        maxTokens: sampling.max_tokens,
        stopIds: stopIds(model.directory, described.eosId === undefined ? [] : [described.eosId]),
        stopSequences: [],
        seed: spec.seed,
      },
    },
    (finished) => {
      completions.push(...finished);
      run.report(Math.floor(completions.length / candidates));
    },
    signal,
  );
  completions.sort((a, b) => a.promptIndex - b.promptIndex || a.candidateIndex - b.candidateIndex);
  // Special tokens stay: an answer with one in its middle must not be judged as the answer without it.
  const { texts } = await peers.tokenization.decode(
    {
      tokenizer,
      sequences: completions.map((completion) => ({ ids: beforeStop(completion) })),
      skipSpecialTokens: false,
    },
    { signal },
  );
  const records = completions.map((completion, i): CandidateRecord => {
    const { prompt_id, prompt } = prompts[completion.promptIndex]!;
    const made = {
      prompt_id,
      candidate_index: completion.candidateIndex,
      model_sha256: model.digest,
      tokenizer_sha256: described.tokenizerSha256,
      template_sha256: templateSha256,
      sampling,
      seed: spec.seed,
      engine_fingerprint: fingerprint,
    };
    return {
      ...made,
      candidate_id: candidateId(made),
      prompt,
      completion: texts[i]!,
      prompt_ids: [...chats[completion.promptIndex]!.ids],
      completion_ids: [...completion.ids],
      finish_reason: completion.finishReason,
      sum_logprob: completion.logProbs.reduce((sum, logprob) => sum + logprob, 0),
    };
  });
  const tooLong = tooLongPrompts(refused, spec.tooLong, (index) => `prompt ${prompts[index]!.prompt_id}: `);
  return { records, tooLong: tooLong.length, fingerprint };
}

/** The answer without the id that ended it. */
function beforeStop({ ids, finishReason }: Completion): number[] {
  return finishReason === "stop" ? [...ids.subarray(0, -1)] : [...ids];
}
