/**
 * The data of one training run in the tiny world: documents for M0, IFT and EFT examples, and what is held out.
 * `format.ts` says which special tokens surround which text.
 */
import { DEMONSTRATORS, drawAnswer, REVIEWED } from "./annotators.ts";
import { drawDocument } from "./documents.ts";
import { review } from "./expert.ts";
import { judgePrompt } from "./format.ts";
import { drawHeldOut, type HeldOut, heldOutTest } from "./held-out.ts";
import { Random } from "./random.ts";
import { drawInstruction, type Instruction } from "./world.ts";

/** An instruction and a demonstrator's answer, both plain text: the chat template turns them into a sequence. */
export interface IftExample {
  readonly prompt: string;
  readonly completion: string;
}

/** A judge's prompt, raw with its special tokens, and the expert's review of the answer in it. */
export interface EftExample {
  readonly prompt: string;
  readonly completion: string;
  readonly instruction: string;
  readonly answer: string;
  readonly score: number;
}

export interface TinyWorldCounts {
  readonly documents: number;
  readonly ift: number;
  readonly eft: number;
  /** Held-out instructions of each split. */
  readonly heldOut: number;
  /** Judge evaluation groups of each split. */
  readonly judgeGroups: number;
  readonly answersPerGroup: number;
}

/** The counts of the study that settled the recipe. */
export const DEFAULT_COUNTS: TinyWorldCounts = {
  documents: 16_000,
  ift: 10_000,
  eft: 20_000,
  heldOut: 500,
  judgeGroups: 250,
  answersPerGroup: 4,
};

/**
 * Most held-out instructions and groups that one split may have together. The 16 held-out requests with 2,976 contexts
 * are 47,616 instructions: a tenth of them is found quickly by drawing.
 */
const MAX_PER_SPLIT = 4_000;

export interface TinyWorldSpec {
  /** Training seed: documents, IFT, EFT. */
  readonly seed: number;
  /** Evaluation seed: what is held out. */
  readonly evaluationSeed: number;
  /** Counts that differ from `DEFAULT_COUNTS`. */
  readonly counts?: Partial<TinyWorldCounts>;
}

export interface TinyWorld {
  /** Plain text. */
  readonly documents: readonly string[];
  readonly ift: readonly IftExample[];
  readonly eft: readonly EftExample[];
  readonly heldOut: HeldOut;
}

function requireCount(field: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${field} is ${value}; it must be an integer of at least ${least}`);
  }
}

function checkSpec(spec: TinyWorldSpec, counts: TinyWorldCounts): void {
  requireCount("seed", spec.seed, 0);
  requireCount("evaluationSeed", spec.evaluationSeed, 0);
  for (const field of ["documents", "ift", "eft", "heldOut", "judgeGroups"] as const) {
    requireCount(`counts.${field}`, counts[field], 0);
  }
  requireCount("counts.answersPerGroup", counts.answersPerGroup, 2);
  const perSplit = counts.heldOut + counts.judgeGroups;
  if (perSplit > MAX_PER_SPLIT) {
    throw new RangeError(
      `counts.heldOut + counts.judgeGroups is ${perSplit}; the world holds out at most ${MAX_PER_SPLIT} a split: ask for fewer`,
    );
  }
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

/**
 * Generates a run's data. Equal specs give equal data; each part has a random stream of its own, so that a count
 * changes no other part, and a smaller count gives a prefix of the larger. (Judge groups follow the instructions of
 * their split: `heldOut` changes them too, and `heldOut` and `judgeGroups` decide which texts training leaves out.)
 *
 * @throws RangeError naming a seed or count that is out of range.
 */
export function generateTinyWorld(spec: TinyWorldSpec): TinyWorld {
  const counts = { ...DEFAULT_COUNTS, ...spec.counts };
  checkSpec(spec, counts);
  const heldOut = drawHeldOut(spec.evaluationSeed, {
    instructions: counts.heldOut,
    judgeGroups: counts.judgeGroups,
    answersPerGroup: counts.answersPerGroup,
  });
  const isHeldOut = heldOutTest(heldOut);
  const drawLearnable = (random: Random): Instruction => {
    for (;;) {
      const instruction = drawInstruction(random);
      if (!isHeldOut(instruction.text)) return instruction;
    }
  };
  const documentStream = Random.stream(spec.seed, "documents");
  const iftStream = Random.stream(spec.seed, "ift");
  const eftStream = Random.stream(spec.seed, "eft");
  return {
    documents: times(counts.documents, () => drawDocument(documentStream)),
    ift: times(counts.ift, () => {
      const { text, request } = drawLearnable(iftStream);
      return { prompt: text, completion: drawAnswer(iftStream, request, DEMONSTRATORS) };
    }),
    eft: times(counts.eft, () => {
      const { text, request } = drawLearnable(eftStream);
      const answer = drawAnswer(eftStream, request, REVIEWED);
      const { text: completion, score } = review(request, answer);
      return { prompt: judgePrompt(text, answer), completion, instruction: text, answer, score };
    }),
    heldOut,
  };
}
