import { describe, expect, it } from "vitest";
import { REVIEWED } from "./annotators.ts";
import { review } from "./expert.ts";
import { SPECIAL_TOKENS } from "./format.ts";
import { generateTinyWorld } from "./generate.ts";
import { heldOutTest } from "./held-out.ts";
import { REPORTING_EVALUATION_SEED, REPORTING_SEEDS, TUNING_EVALUATION_SEED, TUNING_SEEDS } from "./seeds.ts";
import { REQUESTS } from "./world.ts";

const world = generateTinyWorld({ seed: REPORTING_SEEDS[0] as number, evaluationSeed: REPORTING_EVALUATION_SEED });
const requestOf = (instruction: string) => instruction.slice(instruction.lastIndexOf(" . ") + 3);
const expertScore = (instruction: string, answer: string) =>
  review(REQUESTS.find(({ text }) => text === requestOf(instruction)) as (typeof REQUESTS)[number], answer).score;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const splits = [world.heldOut.newTexts, world.heldOut.newRequests];
const words = (text: string) => text.split(" ").length;

describe("generateTinyWorld", () => {
  it("makes the recipe's amounts", () => {
    expect(world.documents).toHaveLength(16_000);
    expect(world.ift).toHaveLength(10_000);
    expect(world.eft).toHaveLength(20_000);
    expect(world.heldOut.requests).toHaveLength(16);
    for (const split of splits) {
      expect(split.instructions).toHaveLength(500);
      expect(split.judgeGroups).toHaveLength(250);
      for (const group of split.judgeGroups) expect(group.answers).toHaveLength(4);
    }
  });

  it("has demonstrations of about 3.36 points, 24 % of them perfect", () => {
    const scores = world.ift.map(({ prompt, completion }) => expertScore(prompt, completion));
    // Standard errors: 0.013 points and 0.4 % over 10,000.
    expect(Math.abs(mean(scores) - 3.36)).toBeLessThan(0.05);
    expect(Math.abs(mean(scores.map((score) => Number(score === 5))) - 0.24)).toBeLessThan(0.015);
  });

  it("has reviewed answers of every score, about 2/13/25/26/19/14 %", () => {
    const share = (score: number) => mean(world.eft.map((example) => Number(example.score === score)));
    [0.02, 0.13, 0.25, 0.26, 0.19, 0.14].forEach((expected, score) => {
      expect(Math.abs(share(score) - expected)).toBeLessThan(0.015);
    });
    expect(Math.abs(mean(world.eft.map(({ score }) => score)) - 2.9)).toBeLessThan(0.06);
    expect(REVIEWED.people.map(({ share: part }) => part).reduce((a, b) => a + b)).toBe(1);
  });

  it("has sequences of the recipe's lengths, counted in words and special tokens", () => {
    const ift = world.ift.map(({ prompt, completion }) => words(prompt) + words(completion) + 3);
    expect(Math.abs(mean(ift) - 27)).toBeLessThan(1);
    expect(Math.max(...ift)).toBeLessThanOrEqual(34);
    const eft = world.eft.map(
      ({ instruction, answer, completion }) => words(`${instruction} ${answer} ${completion}`) + 5,
    );
    expect(Math.abs(mean(eft) - 58)).toBeLessThan(1);
    expect(Math.max(...eft)).toBeLessThanOrEqual(76);
    expect(Math.abs(mean(world.eft.map(({ completion }) => words(completion) + 1)) - 31)).toBeLessThan(1);
  });

  it("writes prompts of the judge as <judge><user>instruction<assistant>answer<review>, and no special token elsewhere", () => {
    for (const { prompt, completion, instruction, answer, score } of world.eft.slice(0, 2000)) {
      expect(prompt).toBe(`<judge><user>${instruction}<assistant>${answer}<review>`);
      expect(completion.endsWith(` score : ${score}`)).toBe(true);
    }
    const plain = [
      ...world.documents,
      ...world.ift.flatMap(({ prompt, completion }) => [prompt, completion]),
      ...world.eft.flatMap(({ instruction, answer, completion }) => [instruction, answer, completion]),
      ...splits.flatMap((split) => split.instructions.map(({ instruction }) => instruction)),
    ];
    expect(plain.filter((text) => SPECIAL_TOKENS.some((token) => text.includes(token)))).toEqual([]);
    expect(plain.filter((text) => !/^[a-z0-9:.]+( [a-z0-9:.]+)*$/.test(text))).toEqual([]);
  });

  it("has documents of four kinds, none of which asks, answers or reviews", () => {
    const kinds = [
      /^(fruits|animals|colors|tools) :( [a-z]+){2,6}$/,
      /^from a to z :( [a-z]+){3,7}$/,
      /^[a-z]+ are [a-z]+( [a-z]+ are [a-z]+){2,4}$/,
      /^(1 [a-z]+ 2 [a-z]+ 3 [a-z]+.*) \. \1$/,
    ];
    expect(world.documents.filter((text) => !kinds.some((kind) => kind.test(text)))).toEqual([]);
    const shares = kinds.map((kind) => world.documents.filter((text) => kind.test(text)).length / 16_000);
    expect(shares.map((share) => Math.round(10 * share))).toEqual([2, 2, 2, 4]);
    expect(world.documents.filter((text) => /\b(list|name|sure|gladly|ugh|whatever|score|want)\b/.test(text))).toEqual(
      [],
    );
  });
});

describe("what is held out", () => {
  const held = new Set(
    splits.flatMap((split) => [...split.instructions, ...split.judgeGroups].map((one) => one.instruction)),
  );
  const learnt = [...world.ift.map(({ prompt }) => prompt), ...world.eft.map(({ instruction }) => instruction)];

  it("occurs nowhere in IFT or EFT: no text of either split, no held-out request", () => {
    expect(held.size).toBe(1500);
    expect(learnt.filter((text) => held.has(text))).toEqual([]);
    expect(learnt.filter((text) => world.heldOut.requests.includes(requestOf(text)))).toEqual([]);
    const whole = [...world.documents, ...world.ift.map((e) => e.prompt), ...world.eft.map((e) => e.prompt)].join("\n");
    for (const request of world.heldOut.requests) expect(whole.includes(request)).toBe(false);
  });

  it("leaves the other 112 requests to be learnt", () => {
    expect(new Set(learnt.map(requestOf)).size).toBe(112);
    const isHeldOut = heldOutTest(world.heldOut);
    const free = REQUESTS.filter(({ text }) => !world.heldOut.requests.includes(text));
    for (const { text } of free) expect(isHeldOut(`i have a axe and a axe . ${text}`)).toBe(false);
  });

  it("covers the requests as each split promises", () => {
    const requests = (split: (typeof splits)[number]) => new Set(split.instructions.map(({ request }) => request));
    for (const split of splits) {
      for (const { instruction, request } of split.instructions) expect(requestOf(instruction)).toBe(request);
    }
    expect([...requests(world.heldOut.newRequests)].sort()).toEqual(world.heldOut.requests);
    for (const request of requests(world.heldOut.newTexts)) expect(world.heldOut.requests).not.toContain(request);
  });

  it("recognises a held-out request and a held-out text in what a model writes", () => {
    const isHeldOut = heldOutTest(world.heldOut);
    const request = world.heldOut.requests[0] as string;
    expect(isHeldOut(request)).toBe(true);
    expect(isHeldOut(`my zebra ${request} please`)).toBe(true);
    expect(isHeldOut(world.heldOut.newTexts.instructions[0]?.instruction as string)).toBe(true);
    expect(isHeldOut(learnt[0] as string)).toBe(false);
  });

  it("ranks the answers of judge groups by the expert, best 0, ties sharing the better rank", () => {
    for (const { instruction, answers, scores, ranks } of splits.flatMap((split) => split.judgeGroups)) {
      expect(scores).toEqual(answers.map((answer) => expertScore(instruction, answer)));
      for (const [i, rank] of ranks.entries()) {
        expect(rank).toBe(scores.filter((score) => score > (scores[i] as number)).length);
      }
    }
  });
});

describe("seeds", () => {
  const few = { documents: 50, ift: 50, eft: 50, heldOut: 20, judgeGroups: 10 };

  it("decide everything: equal seeds give equal data, another seed other data", () => {
    const one = generateTinyWorld({ seed: 1, evaluationSeed: 5, counts: few });
    expect(generateTinyWorld({ seed: 1, evaluationSeed: 5, counts: few })).toEqual(one);
    const other = generateTinyWorld({ seed: 2, evaluationSeed: 5, counts: few });
    expect(other.heldOut).toEqual(one.heldOut);
    expect(other.documents).not.toEqual(one.documents);
    expect(other.ift).not.toEqual(one.ift);
    expect(other.eft).not.toEqual(one.eft);
    expect(generateTinyWorld({ seed: 1, evaluationSeed: 6, counts: few }).heldOut).not.toEqual(one.heldOut);
  });

  it("give a smaller count a prefix of the larger", () => {
    const one = generateTinyWorld({ seed: 1, evaluationSeed: 5, counts: few });
    const less = generateTinyWorld({ seed: 1, evaluationSeed: 5, counts: { ...few, documents: 10, ift: 20, eft: 5 } });
    expect(less.documents).toEqual(one.documents.slice(0, 10));
    expect(less.ift).toEqual(one.ift.slice(0, 20));
    expect(less.eft).toEqual(one.eft.slice(0, 5));
  });

  it("for tuning and for reporting have nothing in common", () => {
    expect(TUNING_SEEDS.filter((seed) => REPORTING_SEEDS.includes(seed))).toEqual([]);
    const tuning = generateTinyWorld({
      seed: 0,
      evaluationSeed: TUNING_EVALUATION_SEED,
      counts: { documents: 0, ift: 0, eft: 0 },
    });
    const texts = (split: (typeof splits)[number]) => split.instructions.map(({ instruction }) => instruction);
    const reported = new Set(splits.flatMap(texts));
    const shared = [tuning.heldOut.newTexts, tuning.heldOut.newRequests]
      .flatMap(texts)
      .filter((text) => reported.has(text));
    // 1,000 of 380,928 drawn twice: a text or two meet by chance.
    expect(shared.length).toBeLessThan(20);
  });

  it.each([
    [{ seed: -1, evaluationSeed: 0 }, "seed is -1"],
    [{ seed: 1.5, evaluationSeed: 0 }, "seed is 1.5"],
    [{ seed: 1, evaluationSeed: Number.NaN }, "evaluationSeed is NaN"],
    [{ seed: 1, evaluationSeed: 1, counts: { ift: -3 } }, "counts.ift is -3"],
    [{ seed: 1, evaluationSeed: 1, counts: { answersPerGroup: 1 } }, "counts.answersPerGroup is 1"],
    [{ seed: 1, evaluationSeed: 1, counts: { heldOut: 50_000 } }, "counts.heldOut + counts.judgeGroups is 50250"],
  ])("that cannot be are refused: %j", (spec, message) => {
    expect(() => generateTinyWorld(spec)).toThrow(message);
  });
});
