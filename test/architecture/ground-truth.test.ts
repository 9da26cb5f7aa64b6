/**
 * Two readings of the tiny world that know nothing of each other agree: the expert, who teaches the judge, and the
 * verifier, which measures what the loop came to. The loop's packages must not see both, so that this test lies here.
 */
import {
  BAD_OPENERS,
  CRITERIA,
  DEMONSTRATORS,
  drawAnswer,
  drawInstruction,
  GOOD_OPENERS,
  generateTinyWorld,
  numbered,
  Random,
  REPORTING_EVALUATION_SEED,
  REPORTING_SEEDS,
  REVIEWED,
  type Request,
  review,
  WORDS,
} from "@srlm/tiny-world";
import { verify } from "@srlm/tiny-world-verifier";
import { describe, expect, it } from "vitest";

/** Where expert and verifier differ on an answer; null where they agree on the score and all criteria. */
function difference(instruction: string, request: Request, answer: string): string | null {
  const expert = review(request, answer);
  const truth = verify(instruction, answer);
  const same =
    truth !== null &&
    truth.score === expert.score &&
    CRITERIA.every((criterion) => truth.criteria[criterion] === expert.verdicts[criterion]);
  return same ? null : `${instruction} | ${answer}: ${JSON.stringify(truth)} against ${expert.text}`;
}

/** What a model may come up with: words, numbers, openers and rubbish in any order. */
function drawRubbish(random: Random): string {
  const pieces = [
    ...WORDS,
    ...WORDS,
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    ":",
    "sure",
    "gladly",
    "ugh",
    "zebra",
    "",
    "\n",
    "fits",
  ];
  return Array.from({ length: random.below(14) }, () => random.pick(pieces)).join(" ");
}

/** Nearly a well-formed answer: one token of it dropped, doubled or replaced. */
function drawBroken(random: Random): string {
  const words = Array.from({ length: random.between(0, 6) }, () => random.pick(WORDS));
  const tokens = `${random.pick([...GOOD_OPENERS, ...BAD_OPENERS])} ${numbered(words)}`.trim().split(" ");
  const at = random.below(tokens.length);
  const replacement = random.pick([
    [],
    [tokens[at] as string, tokens[at] as string],
    [random.pick(WORDS)],
    ["7"],
    [":"],
  ]);
  return tokens.toSpliced(at, 1, ...replacement).join(" ");
}

describe("the expert and the verifier", () => {
  it.each([
    ["reviewed answers", (random: Random, request: Request) => drawAnswer(random, request, REVIEWED)],
    ["demonstrations", (random: Random, request: Request) => drawAnswer(random, request, DEMONSTRATORS)],
    ["broken answers", drawBroken],
    ["rubbish", drawRubbish],
  ])("agree on 20,000 random answers: %s", (name, draw) => {
    const random = Random.stream(1, name);
    const scores = new Set<number | undefined>();
    const differences = Array.from({ length: 20_000 }, () => {
      const { text, request } = drawInstruction(random);
      const answer = draw(random, request);
      scores.add(verify(text, answer)?.score);
      return difference(text, request, answer);
    }).filter((found) => found !== null);
    expect(differences.slice(0, 5)).toEqual([]);
    expect(scores.size).toBeGreaterThanOrEqual(5);
  });
});

describe("the data of a run", () => {
  const world = generateTinyWorld({ seed: REPORTING_SEEDS[0] as number, evaluationSeed: REPORTING_EVALUATION_SEED });

  it("teaches the judge what is true: every review's score is the verifier's", () => {
    const wrong = world.eft.filter(({ instruction, answer, completion }) => {
      const truth = verify(instruction, answer);
      return truth === null || !completion.endsWith(` score : ${truth.score}`);
    });
    expect(wrong).toEqual([]);
  });

  it("ranks judge groups as the verifier does, and can be verified throughout", () => {
    for (const split of [world.heldOut.newTexts, world.heldOut.newRequests]) {
      expect(split.instructions.filter(({ instruction }) => verify(instruction, "") === null)).toEqual([]);
      const scores = split.judgeGroups.map(({ instruction, answers }) =>
        answers.map((a) => verify(instruction, a)?.score),
      );
      expect(scores).toEqual(split.judgeGroups.map((group) => group.scores));
    }
  });
});
