import { afterAll, beforeAll, expect, it } from "vitest";
import { PromptingBed } from "./testing/prompting-bed.ts";

let bed: PromptingBed;
beforeAll(async () => {
  bed = await PromptingBed.open();
});
afterAll(() => bed.close());

const sampling = { temperature: 1, maxTokens: 20 };

it.each([
  ["FIELD_REQUIRED", "spec.source", { source: undefined }],
  ["PROMPTING_INVALID", "spec.count", { count: 0 }],
  ["PROMPTING_INVALID", "spec.filters.max_length", { filters: { minLength: 5, maxLength: 4 } }],
  ["PROMPTING_INVALID", "spec.filters.near_duplicate_threshold", { filters: { nearDuplicateThreshold: 1.5 } }],
  ["PROMPTING_INVALID", "spec.filters.forbidden_keywords[1]", { filters: { forbiddenKeywords: ["a", " "] } }],
  ["PROMPTING_INVALID", "spec.filters.excluded_suffixes[0]", { filters: { excludedSuffixes: [""] } }],
])("refuses with %s at %s before a job exists", async (reason, field, changes) => {
  const source = { $case: "pooled" as const, value: { prompts: await bed.prompts("a") } };
  const spec = { source, count: 1, ...changes };
  await expect(bed.peers.prompting.startPromptGeneration({ requestId: "a", spec })).rejects.toMatchObject({
    reason,
    fields: [{ field }],
  });
});

it.each([
  ["FIELD_REQUIRED", "model", { model: undefined }],
  ["FIELD_REQUIRED", "prefix", { prefix: "" }],
  ["FIELD_REQUIRED", "stop", { stop: "" }],
  ["FIELD_REQUIRED", "sampling", { sampling: undefined }],
  ["SAMPLING_INVALID", "sampling.max_tokens", { sampling: { temperature: 1 } }],
  ["SAMPLING_INVALID", "sampling.top_p", { sampling: { ...sampling, topP: 0 } }],
])("refuses a sampled source with %s at %s", async (reason, field, changes) => {
  const value = { model: await bed.model(), prefix: "<user>", stop: "<end>", sampling, ...changes };
  const spec = { source: { $case: "sampled" as const, value }, count: 1 };
  await expect(bed.peers.prompting.startPromptGeneration({ requestId: "a", spec })).rejects.toMatchObject({
    reason,
    fields: [{ field: `spec.sampled.${field}` }],
  });
});

it("refuses a request id that was used with another spec, and repeats one that was used with the same", async () => {
  const spec = { source: { $case: "pooled" as const, value: { prompts: await bed.prompts("a") } }, count: 1 };
  const job = await bed.generate("used", spec);
  const again = await bed.peers.prompting.startPromptGeneration({ requestId: "used", spec });
  expect(again.job).toMatchObject({ name: job.name, outputs: job.outputs });
  await expect(
    bed.peers.prompting.startPromptGeneration({ requestId: "used", spec: { ...spec, count: 2 } }),
  ).rejects.toMatchObject({ reason: "REQUEST_ID_REUSED" });
});
