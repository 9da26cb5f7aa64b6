/**
 * What is held out of everything that a model learns from, and the two splits that measure it.
 *
 * - 16 of the 128 requests are held out whole: no IFT or EFT example and no prompt of the loop contains one.
 * - *new requests*: instructions that ask one of these 16. They cluster in 16 requests, so their scores are not
 *   independent: report an interval over clusters beside the one over instructions.
 * - *new texts*: instructions that ask one of the other 112, each held out by its exact text.
 *
 * Both splits hold instructions to be answered, and groups of demonstrators' answers to other held-out instructions,
 * scored by the expert, to measure a judge on.
 */
import { DEMONSTRATORS, drawAnswer } from "./annotators.ts";
import { review } from "./expert.ts";
import { Random } from "./random.ts";
import { drawInstruction, type Instruction, REQUESTS, type Request } from "./world.ts";

/** Number of the 128 requests that are held out whole. */
export const HELD_OUT_REQUESTS = 16;

export interface HeldOutInstruction {
  readonly instruction: string;
  /** The request inside the instruction: the cluster that it belongs to. */
  readonly request: string;
}

export interface JudgeGroup extends HeldOutInstruction {
  /** Answers by demonstrators; two of them may be equal. */
  readonly answers: readonly string[];
  /** The expert's score of each answer, 0..5. */
  readonly scores: readonly number[];
  /** Rank of each answer by the expert's score: 0 is best, ties share the better rank (0 1 1 3). */
  readonly ranks: readonly number[];
}

export interface Split {
  readonly instructions: readonly HeldOutInstruction[];
  readonly judgeGroups: readonly JudgeGroup[];
}

export interface HeldOut {
  readonly requests: readonly string[];
  readonly newTexts: Split;
  readonly newRequests: Split;
}

export interface HeldOutCounts {
  /** Instructions of each split. */
  readonly instructions: number;
  /** Judge groups of each split. */
  readonly judgeGroups: number;
  readonly answersPerGroup: number;
}

function rankByScore(scores: readonly number[]): number[] {
  return scores.map((score) => scores.filter((other) => other > score).length);
}

function drawGroup(random: Random, instruction: Instruction, answersPerGroup: number): JudgeGroup {
  const { request, text } = instruction;
  const answers = Array.from({ length: answersPerGroup }, () => drawAnswer(random, request, DEMONSTRATORS));
  const scores = answers.map((answer) => review(request, answer).score);
  return { instruction: text, request: request.text, answers, scores, ranks: rankByScore(scores) };
}

function drawSplit(random: Random, accepts: (request: Request) => boolean, counts: HeldOutCounts): Split {
  const found = new Map<string, Instruction>();
  while (found.size < counts.instructions + counts.judgeGroups) {
    const instruction = drawInstruction(random);
    if (accepts(instruction.request)) found.set(instruction.text, instruction);
  }
  const drawn = [...found.values()];
  return {
    instructions: drawn
      .slice(0, counts.instructions)
      .map(({ text, request }) => ({ instruction: text, request: request.text })),
    judgeGroups: drawn
      .slice(counts.instructions)
      .map((instruction) => drawGroup(random, instruction, counts.answersPerGroup)),
  };
}

/** All that is held out; depends on the evaluation seed and the counts alone, so that all training seeds share it. */
export function drawHeldOut(evaluationSeed: number, counts: HeldOutCounts): HeldOut {
  const requests = Random.stream(evaluationSeed, "held-out requests")
    .sample(REQUESTS, HELD_OUT_REQUESTS)
    .map((request) => request.text)
    .sort();
  const isHeldOut = (request: Request) => requests.includes(request.text);
  return {
    requests,
    newTexts: drawSplit(Random.stream(evaluationSeed, "new texts"), (request) => !isHeldOut(request), counts),
    newRequests: drawSplit(Random.stream(evaluationSeed, "new requests"), isHeldOut, counts),
  };
}

/**
 * A test for text that must not be learnt from: true for an instruction of either split by its exact text, and for any
 * text that contains a held-out request, whatever stands around it.
 */
export function heldOutTest(heldOut: HeldOut): (text: string) => boolean {
  const texts = new Set(
    [heldOut.newTexts, heldOut.newRequests].flatMap((split) =>
      [...split.instructions, ...split.judgeGroups].map(({ instruction }) => instruction),
    ),
  );
  return (text) => texts.has(text) || heldOut.requests.some((request) => text.includes(request));
}
