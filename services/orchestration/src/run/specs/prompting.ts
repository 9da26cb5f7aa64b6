import { prompting } from "@srlm/contracts";
import { heldOutSplits } from "../inputs.ts";
import { modelOfRound } from "../model-names.ts";
import { stageSeed } from "../stage-seed.ts";
import { inputOf, modelRef, outputOf, type SpecContext, samplingParameters } from "./context.ts";

type Source = NonNullable<prompting.PromptGenerationSpec["source"]>;

function sourceOf(run: SpecContext): Source {
  const { prompting: section } = run.config;
  if (section.source === "pooled") return { $case: "pooled", value: { prompts: inputOf(run, "prompts") } };
  if (section.model === undefined || section.sampling === undefined) throw new Error("prompts need a model");
  const model = modelRef(run, section.model);
  const sampling = samplingParameters(section.sampling);
  if (section.source === "sampled") {
    return { $case: "sampled", value: { model, sampling, prefix: section.prefix ?? "", stop: section.stop ?? "" } };
  }
  return {
    $case: "fewShot",
    value: {
      model,
      sampling,
      seedPrompts: inputOf(run, "prompts"),
      seedExamples: section.seed_examples ?? 0,
      generatedExamples: section.generated_examples ?? 0,
    },
  };
}

/** New prompts for a round: none of the training data, of held-out data, or of an earlier round. */
export function promptingSpec(run: SpecContext, round: number): prompting.PromptGenerationSpec {
  const { prompting: section } = run.config;
  const { filters } = section;
  const earlier = Array.from({ length: round - 2 }, (_, i) =>
    outputOf(run, `${modelOfRound(i + 2)}/prompting`, "prompts"),
  );
  const heldOut = heldOutSplits(run.config).map((split) => inputOf(run, `held_out/${split}`));
  const excluded = run.inputs["excluded"] === undefined ? [] : [inputOf(run, "excluded")];
  return prompting.PromptGenerationSpec.fromPartial({
    source: sourceOf(run),
    count: section.count,
    filters: {
      excluded: [...excluded, ...heldOut, ...earlier],
      excludedSuffixes: [...run.facts.excludedSuffixes],
      minLength: filters.min_length,
      maxLength: filters.max_length,
      nearDuplicateThreshold: filters.near_duplicate_threshold,
      forbiddenKeywords: filters.forbidden_keywords,
    },
    seed: stageSeed(run.seed, `${modelOfRound(round)}/prompting`),
    maxAttempts: section.count * section.attempts_per_prompt,
  });
}
