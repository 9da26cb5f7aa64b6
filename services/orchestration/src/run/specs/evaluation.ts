import { evaluation } from "@srlm/contracts";
import type { Config } from "../../config/schema.ts";
import { heldOutSplits, judgeSplits } from "../inputs.ts";
import { isMeasuredAsJudge } from "../plan.ts";
import { stageSeed } from "../stage-seed.ts";
import { inputOf, modelRef, rubricOf, type SpecContext, samplingParameters } from "./context.ts";

/** Seed of what is held out, and of all evaluations: one for tuning seeds, another for reporting seeds. */
export function evaluationSeed({ seeds }: Pick<Config, "seeds">, seed: number): number {
  return seeds.tuning.includes(seed) ? seeds.evaluation.tuning : seeds.evaluation.reporting;
}

/** The same prompts, parameters and random numbers for every model. */
export function evaluationSpec(run: SpecContext, model: string): evaluation.EvaluationSpec {
  const { config } = run;
  const splits = heldOutSplits(config);
  const judged = isMeasuredAsJudge(config, model) ? judgeSplits(config) : [];
  const verifier = config.data.world === "tiny" ? "tiny-world" : "";
  const scorer = verifier === "" && splits.length > 0 ? modelRef(run, "M1") : undefined;
  return evaluation.EvaluationSpec.fromPartial({
    model: modelRef(run, model),
    splits: splits.map((name) => ({ name, prompts: inputOf(run, `held_out/${name}`) })),
    sampling: samplingParameters(config.evaluation.sampling),
    seed: stageSeed(evaluationSeed(config, run.seed), "evaluation"),
    verifier,
    judgeSplits: judged.map((name) => ({ name, groups: inputOf(run, `judge/${name}`) })),
    rubric: rubricOf(run),
    judgeSamples: config.judging.samples,
    judgeSampling: samplingParameters(config.judging.sampling),
    ...(scorer === undefined ? {} : { judge: scorer }),
    shardSize: config.evaluation.shard_size,
  });
}
