/** Candidates, judgements and pairs of one round. */
import { inference, judging, pairing } from "@srlm/contracts";
import { modelOfRound } from "../model-names.ts";
import { askedModel, madeModel, sourceOfPairs } from "../plan.ts";
import { stageSeed } from "../stage-seed.ts";
import { modelRef, outputOf, rubricOf, type SpecContext, samplingParameters } from "./context.ts";

export function samplingSpec(run: SpecContext, round: number, shuffled: boolean): inference.SamplingSpec {
  const { sampling } = run.config;
  const skip = sampling.too_long === "skip";
  return inference.SamplingSpec.fromPartial({
    model: modelRef(run, askedModel(round, shuffled)),
    prompts: outputOf(run, `${modelOfRound(round)}/prompting`, "prompts"),
    candidates: sampling.candidates,
    sampling: samplingParameters(sampling),
    seed: stageSeed(run.seed, `${madeModel(round, shuffled)}/sampling`),
    tooLong: skip ? inference.TooLongPolicy.SKIP : inference.TooLongPolicy.UNSPECIFIED,
    shardSize: sampling.shard_size,
  });
}

/** The model that answered judges its own answers. */
export function judgingSpec(run: SpecContext, round: number, shuffled: boolean): judging.JudgingSpec {
  const { judging: section } = run.config;
  const made = madeModel(round, shuffled);
  return judging.JudgingSpec.fromPartial({
    model: modelRef(run, askedModel(round, shuffled)),
    rubric: rubricOf(run),
    candidates: outputOf(run, `${made}/sampling`, "candidates"),
    samples: section.samples,
    sampling: samplingParameters(section.sampling),
    seed: stageSeed(run.seed, `${made}/judging`),
    shardSize: section.shard_size,
  });
}

export function pairingSpec(run: SpecContext, round: number, shuffled: boolean): pairing.PairingSpec {
  const source = sourceOfPairs(round, shuffled);
  const permuted = shuffled || run.config.pairing.strategy === "shuffled_scores";
  return pairing.PairingSpec.fromPartial({
    candidates: outputOf(run, `${source}/sampling`, "candidates"),
    judgements: outputOf(run, `${source}/judging`, "judgements"),
    strategy: permuted ? pairing.PairingStrategy.SHUFFLED_SCORES : pairing.PairingStrategy.BEST_WORST,
    seed: stageSeed(run.seed, `${madeModel(round, shuffled)}/pairing`),
  });
}
