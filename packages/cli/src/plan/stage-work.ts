/**
 * What a stage computes, estimated before it runs.
 *
 *     training    6 P FLOP for each token (forward 2 P, backward 4 P); DPO 8 P: the reference's forward pass, once
 *     sampling    2 P FLOP for each token, of the prompt and generated
 *
 * P: parameters. Attention over the context is left out: it is small beside the products at these lengths.
 */
import { builtinRubric } from "@srlm/judging";
import type { Config, PlannedStage } from "@srlm/orchestration";
import type { DatasetSizes } from "./text-lengths.ts";

export interface StageWork {
  /** In words: `500 steps of 32`. */
  readonly what: string;
  readonly trainFlop: number;
  readonly sampleFlop: number;
}

interface Section {
  readonly steps?: number | undefined;
  readonly epochs?: number | undefined;
}

const NONE = { trainFlop: 0, sampleFlop: 0 };

function stepsOf({ steps, epochs }: Section, records: number, batch: number): number {
  return steps ?? Math.ceil(((epochs ?? 1) * records) / batch);
}

/** Estimated mean lengths of what a run generates: half of what is allowed, as far as nothing else is known. */
const GENERATED_SHARE = 0.5;

/** Tokens that a judgement may have; a rubric of the user's is taken to allow as many as the built-in one. */
function judgementLimit({ judging: { sampling, rubric = "additive-five-point" } }: Config): number {
  return sampling.max_tokens || builtinRubric(rubric).maxTokens;
}

export function stageWork(config: Config, stage: PlannedStage, sizes: DatasetSizes, parameters: number): StageWork {
  const { sft, dpo, sampling, judging, prompting, evaluation } = config;
  const ift = sizes.ift ?? { records: 0, tokens: 0 };
  const answer = sampling.max_tokens * GENERATED_SHARE;
  const prompt = sizes.held_out?.tokens ?? ift.tokens * GENERATED_SHARE;
  const judgement = judgementLimit(config) * GENERATED_SHARE;
  const train = (steps: number, tokensPerStep: number, what: string, perToken = 6): StageWork => ({
    what,
    trainFlop: perToken * parameters * steps * tokensPerStep,
    sampleFlop: 0,
  });
  const sample = (tokens: number, what: string): StageWork => ({
    what,
    trainFlop: 0,
    sampleFlop: 2 * parameters * tokens,
  });
  const { role } = stage;
  switch (role.type) {
    case "tokenizer":
    case "tokenization":
    case "report":
      return { what: "", ...NONE };
    case "pairing":
      return { what: `up to ${prompting.count} pairs`, ...NONE };
    case "pretrain": {
      const section = config.pretrain;
      const documents = sizes.documents;
      if (section === undefined || documents === undefined) return { what: "", ...NONE };
      const steps = stepsOf(section, documents.records, section.batch_size);
      return train(steps, section.batch_size * documents.tokens, `${steps} steps of ${section.batch_size} documents`);
    }
    case "sft": {
      const eft = role.model === "M1" ? sizes.eft : undefined;
      const judged = eft === undefined ? 0 : (sft.eft_batch_size ?? 0);
      const steps = stepsOf(sft, ift.records, sft.ift_batch_size);
      const mixed = eft === undefined ? `${sft.ift_batch_size} IFT` : `${sft.ift_batch_size} IFT + ${judged} EFT`;
      const tokens = sft.ift_batch_size * ift.tokens + judged * (eft?.tokens ?? 0);
      return train(steps, tokens, `${steps} steps of ${mixed}`);
    }
    case "prompting":
      return prompting.sampling === undefined
        ? { what: `${prompting.count} prompts of the pool`, ...NONE }
        : sample(prompting.count * prompting.sampling.max_tokens * GENERATED_SHARE, `${prompting.count} prompts`);
    case "sampling":
      return sample(
        prompting.count * (prompt + sampling.candidates * answer),
        `${prompting.count} prompts x ${sampling.candidates} answers`,
      );
    case "judging": {
      const answers = prompting.count * sampling.candidates;
      const tokens = answers * (prompt + answer + judging.samples * judgement);
      return sample(tokens, `${answers} answers x ${judging.samples} judgements`);
    }
    case "dpo": {
      const steps = stepsOf(dpo, prompting.count, dpo.batch_size);
      return train(steps, 2 * dpo.batch_size * (prompt + answer), `up to ${steps} steps of ${dpo.batch_size} pairs`, 8);
    }
    case "evaluation": {
      const heldOut = sizes.held_out ?? { records: 0, tokens: 0 };
      const tokens = heldOut.records * (heldOut.tokens + evaluation.sampling.max_tokens * GENERATED_SHARE);
      return sample(tokens, `${heldOut.records} prompts`);
    }
  }
}
