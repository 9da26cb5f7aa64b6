/**
 * Stages of a run and what each needs. The plan holds all rounds up to `max_iterations`; those that a stop rule makes
 * superfluous are skipped (see `transition.ts`).
 *
 *     tokenizer -> documents, ift, eft -> M0 -> baseline
 *                                            -> M1 -> M2/prompting -> sampling -> judging -> pairing -> M2 -> M3 ...
 *                                                        M2 shuffled: pairing, training; M3 shuffled: from sampling on
 *     evaluation of each model as soon as it is there; report when all has ended
 */
import type { Config } from "../config/schema.ts";
import { hasEft, heldOutSplits, judgeSplits } from "./inputs.ts";
import { BASELINE, modelOfRound, rounds, shuffledOfRound } from "./model-names.ts";

/** What a stage does. `model` is the one that it makes or asks. */
export type StageRole =
  | { readonly type: "tokenizer" }
  | { readonly type: "tokenization"; readonly dataset: "documents" | "ift" | "eft" }
  | { readonly type: "pretrain" }
  | { readonly type: "sft"; readonly model: string }
  | { readonly type: "prompting"; readonly round: number }
  | { readonly type: "sampling"; readonly round: number; readonly shuffled: boolean }
  | { readonly type: "judging"; readonly round: number; readonly shuffled: boolean }
  | { readonly type: "pairing"; readonly round: number; readonly shuffled: boolean }
  | { readonly type: "dpo"; readonly round: number; readonly shuffled: boolean }
  | { readonly type: "evaluation"; readonly model: string }
  | { readonly type: "report" };

export interface PlannedStage {
  /** Unique: `M2/judging`. */
  readonly name: string;
  /** Kind of its job; `report` is assembled by orchestration itself. */
  readonly kind: string;
  readonly role: StageRole;
  readonly needs: readonly string[];
  /** The pairing stage, one of `needs`, whose outcome may make this stage superfluous. */
  readonly gate?: string;
}

export const REPORT_STAGE = "report";

/** Kinds of jobs by role. */
const KINDS: Readonly<Record<StageRole["type"], string>> = {
  tokenizer: "tokenizer-training",
  tokenization: "tokenization",
  pretrain: "training",
  sft: "training",
  prompting: "prompt-generation",
  sampling: "sampling",
  judging: "judging",
  pairing: "pairing",
  dpo: "training",
  evaluation: "evaluation",
  report: "report",
};

function stage(name: string, role: StageRole, needs: readonly (string | false)[], gate?: string): PlannedStage {
  const wanted = [...new Set(needs.filter((need) => need !== false))];
  return { name, kind: KINDS[role.type], role, needs: wanted, ...(gate === undefined ? {} : { gate }) };
}

/** Model that a round's stages of a branch ask and start training from: M1 for both branches of round 2. */
export function askedModel(round: number, shuffled: boolean): string {
  return shuffled && round > 2 ? shuffledOfRound(round - 1) : modelOfRound(round - 1);
}

/** Model that a round makes. */
export function madeModel(round: number, shuffled: boolean): string {
  return shuffled ? shuffledOfRound(round) : modelOfRound(round);
}

/** Stage that makes a model; undefined for an M0 that was given. */
export function makerOf(config: Pick<Config, "model">, model: string): string | undefined {
  return model === "M0" && config.model !== undefined ? undefined : `${model}/training`;
}

/** Branch whose candidates and judgements the pairing of a round takes: the controls of round 2 share M1's. */
export function sourceOfPairs(round: number, shuffled: boolean): string {
  return madeModel(round, shuffled && round > 2);
}

function foundation(config: Config): PlannedStage[] {
  const scratch = config.model === undefined;
  const tokenizer = scratch && "tokenizer";
  const m0 = scratch && "M0/training";
  const tokenization = (dataset: "documents" | "ift" | "eft") =>
    stage(`${dataset}/tokenization`, { type: "tokenization", dataset }, [tokenizer]);
  return [
    ...(scratch ? [stage("tokenizer", { type: "tokenizer" }, []), tokenization("documents")] : []),
    tokenization("ift"),
    ...(hasEft(config) ? [tokenization("eft")] : []),
    ...(scratch ? [stage("M0/training", { type: "pretrain" }, [tokenizer, "documents/tokenization"])] : []),
    ...(config.baseline.enabled
      ? [stage(`${BASELINE}/training`, { type: "sft", model: BASELINE }, [m0, "ift/tokenization"])]
      : []),
    stage("M1/training", { type: "sft", model: "M1" }, [m0, "ift/tokenization", hasEft(config) && "eft/tokenization"]),
  ];
}

function loopRound(config: Config, round: number): PlannedStage[] {
  const made = modelOfRound(round);
  const asked = makerOf(config, modelOfRound(round - 1)) ?? false;
  const writer = config.prompting.model === undefined ? false : (makerOf(config, config.prompting.model) ?? false);
  const earlier = round > 2 && `${modelOfRound(round - 1)}/prompting`;
  const at = { round, shuffled: false };
  return [
    stage(`${made}/prompting`, { type: "prompting", round }, [writer, earlier, asked]),
    stage(`${made}/sampling`, { type: "sampling", ...at }, [asked, `${made}/prompting`]),
    stage(`${made}/judging`, { type: "judging", ...at }, [asked, `${made}/sampling`]),
    stage(`${made}/pairing`, { type: "pairing", ...at }, [`${made}/sampling`, `${made}/judging`]),
    stage(`${made}/training`, { type: "dpo", ...at }, [asked, `${made}/pairing`], `${made}/pairing`),
  ];
}

/**
 * The control of a round waits for the loop's own pairs of that round, and so never runs ahead of a stop. Round 2
 * permutes the scores of M1's candidates; later rounds ask the control's own model, on the loop's prompts.
 */
function shuffledRound(round: number): PlannedStage[] {
  const loop = modelOfRound(round);
  const made = shuffledOfRound(round);
  const asked = `${askedModel(round, true)}/training`;
  const source = sourceOfPairs(round, true);
  const gate = `${loop}/pairing`;
  const at = { round, shuffled: true };
  const own =
    round === 2
      ? []
      : [
          stage(`${made}/sampling`, { type: "sampling", ...at }, [asked, `${loop}/prompting`, gate], gate),
          stage(`${made}/judging`, { type: "judging", ...at }, [asked, `${made}/sampling`]),
        ];
  return [
    ...own,
    stage(`${made}/pairing`, { type: "pairing", ...at }, [`${source}/sampling`, `${source}/judging`, gate], gate),
    stage(`${made}/training`, { type: "dpo", ...at }, [asked, `${made}/pairing`], `${made}/pairing`),
  ];
}

/** Whether a model's judgements are measured: those that judge, and the baseline that shows what EFT brings. */
export function isMeasuredAsJudge(config: Config, model: string): boolean {
  return judgeSplits(config).length > 0 && model !== "M0" && !model.endsWith(" shuffled");
}

function evaluations(config: Config, models: readonly string[]): PlannedStage[] {
  if (heldOutSplits(config).length === 0 && judgeSplits(config).length === 0) return [];
  // Without a verifier the answers of all models are scored by one judge, M1.
  const scorer = config.data.world === undefined && heldOutSplits(config).length > 0 && "M1/training";
  return models
    .filter((model) => heldOutSplits(config).length > 0 || isMeasuredAsJudge(config, model))
    .map((model) =>
      stage(`${model}/evaluation`, { type: "evaluation", model }, [makerOf(config, model) ?? false, scorer]),
    );
}

/** All stages of a run, each after those that it needs. */
export function planRun(config: Config): PlannedStage[] {
  const base = foundation(config);
  const loop = rounds(config).flatMap((round) => [
    ...loopRound(config, round),
    ...(config.controls.shuffled ? shuffledRound(round) : []),
  ]);
  const training = [...base, ...loop].filter(({ role }) => ["pretrain", "sft", "dpo"].includes(role.type));
  const made = training.map(({ name }) => name.slice(0, -"/training".length));
  const models = config.model === undefined ? made : ["M0", ...made];
  const stages = [...base, ...loop, ...evaluations(config, models)];
  return [
    ...stages,
    stage(
      REPORT_STAGE,
      { type: "report" },
      stages.map(({ name }) => name),
    ),
  ];
}
