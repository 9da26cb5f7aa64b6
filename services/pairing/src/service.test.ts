import { pairing } from "@srlm/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PairingBed } from "./testing/pairing-bed.ts";

const { BEST_WORST, SHUFFLED_SCORES, UNSPECIFIED } = pairing.PairingStrategy;

let bed: PairingBed;
beforeAll(async () => {
  bed = await PairingBed.open();
});
afterAll(() => bed.close());

const scored = (promptId: string, ...means: (number | undefined)[]) => ({
  promptId,
  answers: means.map((mean, i) => ({ candidateId: `${promptId}/${i}`, text: `answer ${i}`, mean })),
});

describe("BuildPairs", () => {
  it("pairs best and worst in the order of the request, and says what was dropped for what", async () => {
    const cut = { candidateId: "c/2", text: "cut", mean: 5, truncated: true };
    const c = scored("c", 2, 4);
    const prompts = [
      scored("b", 1, 3, 2),
      { ...c, answers: [...c.answers, cut] },
      scored("tie", 3, 3),
      scored("failed", undefined, undefined, 1),
      scored("alone", 0),
    ];
    const { pairs, dropped } = await bed.peers.pairing.buildPairs({ prompts, strategy: BEST_WORST, seed: 1 });
    expect(pairs).toEqual([
      { promptId: "b", chosenCandidateId: "b/1", rejectedCandidateId: "b/0", chosenScore: 3, rejectedScore: 1 },
      { promptId: "c", chosenCandidateId: "c/1", rejectedCandidateId: "c/0", chosenScore: 4, rejectedScore: 2 },
    ]);
    expect(dropped).toEqual({
      tie: 1,
      too_few_scored: 1,
      too_few_answers: 1,
      answer_truncated: 1,
      answer_failed_judgement: 2,
    });
  });

  it("permutes scores where it is asked to: a score of 0 is a score, and any answer may be chosen", async () => {
    const prompts = Array.from({ length: 200 }, (_, i) => scored(`p${i}`, 0, 1, 2));
    const request = { prompts, strategy: SHUFFLED_SCORES, seed: 4 };
    const { pairs, dropped } = await bed.peers.pairing.buildPairs(request);
    expect([pairs.length, dropped]).toEqual([200, {}]);
    expect(pairs.every(({ chosenScore, rejectedScore }) => chosenScore === 2 && rejectedScore === 0)).toBe(true);
    for (const place of ["0", "1", "2"]) {
      const chosen = pairs.filter(({ chosenCandidateId }) => chosenCandidateId.endsWith(`/${place}`)).length;
      // Five standard deviations of a binomial count with p = 1/3.
      expect(Math.abs(chosen - 200 / 3)).toBeLessThan(5 * Math.sqrt(200 * (2 / 9)));
    }
    expect(await bed.peers.pairing.buildPairs(request)).toEqual({ pairs, dropped });
    expect((await bed.peers.pairing.buildPairs({ ...request, seed: 5 })).pairs).not.toEqual(pairs);
  });

  it("refuses a strategy that it does not know, and a prompt without id", async () => {
    for (const strategy of [UNSPECIFIED, 9 as pairing.PairingStrategy]) {
      await expect(bed.peers.pairing.buildPairs({ prompts: [], strategy })).rejects.toMatchObject({
        reason: "PAIRING_STRATEGY_INVALID",
        fields: [{ field: "strategy" }],
      });
    }
    await expect(
      bed.peers.pairing.buildPairs({ prompts: [scored("a", 1), scored("", 1)], strategy: BEST_WORST }),
    ).rejects.toMatchObject({ fields: [{ field: "prompts[1].prompt_id" }] });
  });
});
