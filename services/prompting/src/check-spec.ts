/** Checks a spec at the edge: every reference there, every number in its range. INVALID_ARGUMENT by field. */
import { samplingField, samplingRecord } from "@srlm/artifacts";
import type { inference, prompting } from "@srlm/contracts";
import { invalidArgument, required } from "@srlm/service-kit";

type Source = NonNullable<prompting.PromptGenerationSpec["source"]>;

/** The spec itself. FIELD_REQUIRED, SAMPLING_INVALID, PROMPTING_INVALID. */
export function checkSpec(spec: prompting.PromptGenerationSpec | undefined): prompting.PromptGenerationSpec {
  const checked = required(spec, "spec");
  checkSource(required(checked.source, "spec.source"));
  check(checked.count >= 1, "spec.count", "at least 1", checked.count);
  if (checked.filters) checkFilters(checked.filters);
  return checked;
}

function checkSource(source: Source): void {
  switch (source.$case) {
    case "sampled":
      required(source.value.model, "spec.sampled.model");
      required(source.value.prefix, "spec.sampled.prefix");
      required(source.value.stop, "spec.sampled.stop");
      return checkSampling(source.value.sampling, "spec.sampled.sampling");
    case "fewShot":
      required(source.value.model, "spec.few_shot.model");
      required(source.value.seedPrompts, "spec.few_shot.seed_prompts");
      return checkSampling(source.value.sampling, "spec.few_shot.sampling");
    case "pooled":
      required(source.value.prompts, "spec.pooled.prompts");
  }
}

function checkSampling(parameters: inference.SamplingParameters | undefined, field: string): void {
  const checked = samplingField.safeParse(samplingRecord(required(parameters, field)));
  if (checked.success) return;
  const [issue] = checked.error.issues;
  throw invalidArgument(`${field}.${String(issue?.path[0])}`, `is refused: ${issue?.message}`, "SAMPLING_INVALID");
}

function checkFilters(filters: prompting.PromptFilters): void {
  const { minLength, maxLength, nearDuplicateThreshold: threshold } = filters;
  const wide = maxLength === 0 || maxLength >= minLength;
  check(wide, "spec.filters.max_length", `0 or at least min_length (${minLength})`, maxLength);
  check(threshold >= 0 && threshold <= 1, "spec.filters.near_duplicate_threshold", "in [0, 1]", threshold);
  for (const [name, entries] of [
    ["excluded_suffixes", filters.excludedSuffixes],
    ["forbidden_keywords", filters.forbiddenKeywords],
  ] as const) {
    const blank = entries.findIndex((entry) => entry.trim() === "");
    if (blank === -1) continue;
    const message = "is blank, which every prompt would match; leave it out";
    throw invalidArgument(`spec.filters.${name}[${blank}]`, message, "PROMPTING_INVALID");
  }
}

function check(holds: boolean, field: string, range: string, value: number): void {
  if (!holds) throw invalidArgument(field, `must be ${range}, got ${value}`, "PROMPTING_INVALID");
}
