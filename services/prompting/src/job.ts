/**
 * The prompt generation job: one shard, since every prompt is compared with all that were kept before it. Attempts are
 * numbered and taken in order, so equal specs keep equal prompts.
 */
import {
  type ArtifactRef,
  type PromptRecord,
  promptKind,
  recordOrigin,
  samplingRecord,
  writeRecords,
} from "@srlm/artifacts";
import { prompting } from "@srlm/contracts";
import { failedPrecondition, type JobKind, type JobStep, required, type ShardRun } from "@srlm/service-kit";
import { type CollectedPrompts, collectPrompts, type PromptSource } from "./collect-prompts.ts";
import { readPrompts } from "./prompt-datasets.ts";
import { PromptFilter } from "./prompt-filter.ts";
import { fewShotSource } from "./sources/few-shot-source.ts";
import { pooledSource } from "./sources/pooled-source.ts";
import { sampledSource } from "./sources/sampled-source.ts";

/** Samples for each prompt that is wanted, where the spec says nothing. */
const DEFAULT_ATTEMPTS_PER_PROMPT = 20;

type Source = NonNullable<prompting.PromptGenerationSpec["source"]>;

interface CollectedShard {
  readonly prompts: ArtifactRef;
  readonly metrics: Record<string, number>;
}

export const promptGenerationJob: JobKind<prompting.PromptGenerationSpec, null, CollectedShard> = {
  kind: "prompt-generation",
  specType: prompting.PromptGenerationSpec,
  unit: "prompts",
  plan: async ({ count }) => [{ payload: null, size: count }],
  async runShard(spec, _, run) {
    const filter = await openFilter(spec, run);
    const source = await openSource(spec, run);
    const maxAttempts = maxAttemptsOf(spec);
    const collected = await collectPrompts(source, filter, spec.count, maxAttempts, (kept) => {
      run.signal.throwIfAborted();
      run.report(kept);
    });
    const metrics = metricsOf(collected, filter);
    if (collected.prompts.length < spec.count && !collected.dry) throw exhausted(spec, metrics);
    const prompts = await writeRecords(run.artifacts, promptKind, collected.prompts, { signal: run.signal });
    const value = { prompts, metrics };
    const { engineFingerprint } = source;
    return engineFingerprint === undefined ? { value } : { value, engineFingerprint };
  },
  async finish(spec, [result], step) {
    const { prompts, metrics } = result!.value;
    await writeManifest(spec, prompts, result?.engineFingerprint, step);
    return { outputs: { prompts }, metrics };
  },
};

const maxAttemptsOf = ({ maxAttempts, count }: prompting.PromptGenerationSpec): number =>
  maxAttempts || DEFAULT_ATTEMPTS_PER_PROMPT * count;

function openSource(spec: prompting.PromptGenerationSpec, step: JobStep): Promise<PromptSource> {
  const source = required(spec.source, "spec.source");
  switch (source.$case) {
    case "sampled":
      return sampledSource(source.value, spec.seed, step);
    case "fewShot":
      return fewShotSource(source.value, spec.seed, step);
    case "pooled":
      return pooledSource(source.value, spec.seed, step);
  }
}

async function openFilter(spec: prompting.PromptGenerationSpec, run: ShardRun): Promise<PromptFilter> {
  const filters = spec.filters ?? prompting.PromptFilters.fromPartial({});
  const excluded: PromptRecord[][] = [];
  for (const dataset of filters.excluded) excluded.push(await readPrompts(run.artifacts, dataset, run.signal));
  return new PromptFilter(
    {
      minLength: filters.minLength,
      maxLength: filters.maxLength || Infinity,
      forbiddenKeywords: filters.forbiddenKeywords,
      specialTokens: await specialTokens(required(spec.source, "spec.source"), run),
      similarityThreshold: filters.nearDuplicateThreshold || null,
      excludedSuffixes: filters.excludedSuffixes,
    },
    excluded.flat().map(({ prompt }) => prompt),
  );
}

/** Of the model that samples; a pool has none. */
async function specialTokens(source: Source, { peers, signal }: JobStep): Promise<string[]> {
  if (source.$case === "pooled") return [];
  const tokenizer = required(source.value.model, "spec.source.model");
  const described = await peers.tokenization.describeTokenizer({ tokenizer }, { signal });
  return Object.keys(described.specialTokens).filter((token) => token.trim() !== "");
}

function metricsOf({ prompts, sampled, tooLong }: CollectedPrompts, filter: PromptFilter): Record<string, number> {
  const dropped = Object.entries(filter.counts.rejected).map(
    ([reason, count]) => [`dropped_${reason}`, count] as const,
  );
  return { sampled, kept: prompts.length, skipped_too_long: tooLong, ...Object.fromEntries(dropped) };
}

function exhausted({ count }: prompting.PromptGenerationSpec, metrics: Readonly<Record<string, number>>) {
  const counts = Object.entries(metrics)
    .filter(([name, value]) => !["sampled", "kept"].includes(name) && value > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => `${name} ${value}`);
  return failedPrecondition(
    "PROMPTS_EXHAUSTED",
    `${metrics["sampled"]} samples gave ${metrics["kept"]} of ${count} prompts (${counts.join(", ")}): ` +
      "raise max_attempts, ask for fewer, or loosen the filters",
  );
}

function inputsOf(source: Source): Record<string, ArtifactRef> {
  switch (source.$case) {
    case "sampled":
      return { model: source.value.model! };
    case "fewShot":
      return { model: source.value.model!, seed_prompts: source.value.seedPrompts! };
    case "pooled":
      return { prompts: source.value.prompts! };
  }
}

async function writeManifest(
  spec: prompting.PromptGenerationSpec,
  prompts: ArtifactRef,
  fingerprint: string | undefined,
  { artifacts, job, signal }: JobStep,
): Promise<void> {
  const source = required(spec.source, "spec.source");
  const excluded = (spec.filters?.excluded ?? []).map((dataset, i) => [`excluded_${i}`, dataset] as const);
  const inputs = { ...inputsOf(source), ...Object.fromEntries(excluded) };
  const sampling = source.$case === "pooled" ? undefined : source.value.sampling;
  const parameters = {
    source: source.$case,
    count: spec.count,
    max_attempts: maxAttemptsOf(spec),
    seed: spec.seed,
    ...(sampling && { sampling: samplingRecord(sampling) }),
    ...(fingerprint !== undefined && { engine_fingerprint: fingerprint }),
  };
  await recordOrigin(artifacts, prompts, { kind: "prompt", producer: job, inputs, parameters }, { signal });
}
