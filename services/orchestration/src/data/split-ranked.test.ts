import { groupId, type RankedAnswersRecord } from "@srlm/artifacts";
import { expect, it } from "vitest";
import { splitRanked } from "./split-ranked.ts";

function group(prompt: string, ranks: number[] = [0, 1]): RankedAnswersRecord {
  const answers = ranks.map((rank, i) => ({ text: `${prompt} answer ${i}`, rank, score: null }));
  return { group_id: groupId({ prompt, answers }), prompt, answers };
}

const GROUPS = Array.from({ length: 100 }, (_, i) => group(`prompt ${i}`));
const SHARES = { held_out_share: 0.2, prompts_share: 0.3 };

it("divides prompts into parts that share none", () => {
  const { ift, prompts, heldOut, judge } = splitRanked(GROUPS, SHARES, 7);
  expect([heldOut.length, prompts.length, ift.length, judge.length]).toEqual([20, 30, 50, 20]);
  const all = [...heldOut, ...prompts, ...ift].map(({ prompt }) => prompt);
  expect(new Set(all).size).toBe(100);
  expect(judge.map(({ prompt }) => prompt)).toEqual(heldOut.map(({ prompt }) => prompt));
  expect(ift.every(({ prompt, completion }) => completion === `${prompt} answer 0`)).toBe(true);
});

it("depends on the seed, and neither on the order of the file nor on repetitions", () => {
  const parts = splitRanked(GROUPS, SHARES, 7);
  expect(splitRanked([...GROUPS, ...GROUPS].reverse(), SHARES, 7)).toEqual(parts);
  expect(splitRanked(GROUPS, SHARES, 8).heldOut).not.toEqual(parts.heldOut);
});

it("measures no judge where people ranked all answers equal, and teaches no answer that is not the best", () => {
  const groups = [group("tied", [0, 0]), group("one", [0]), group("second best", [1, 2])];
  const held = splitRanked(groups, { held_out_share: 0.9, prompts_share: 0 }, 1);
  expect(held.judge.map(({ prompt }) => prompt)).toEqual(["second best"]);
  const taught = splitRanked(groups, { held_out_share: 0, prompts_share: 0 }, 1);
  expect(taught.ift.map(({ prompt }) => prompt).sort()).toEqual(["one", "tied"]);
});
