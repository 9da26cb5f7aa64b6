import { expect, it } from "vitest";
import { stopReason } from "./verdict.ts";

const STOP = { min_pairs: 1, max_discard_rate: 0.9 };

it("says how many answers have no readable score, and why", () => {
  const judging = {
    candidates: 32,
    judged: 30,
    samples: 96,
    parsed_share: 0,
    failed_NO_SCORE: 90,
    failed_PROMPT_TOO_LONG: 6,
  };
  const pairing = { prompts: 8, pairs: 0, discard_rate: 1, dropped_too_few_scored: 8 };
  expect(stopReason(STOP, pairing, judging)).toEqual({
    code: "NO_PAIRS",
    message: "0 pairs: 32 of 32 answers have no readable score (judgements: NO_SCORE 90, PROMPT_TOO_LONG 6)",
  });
});

it("says what the prompts were dropped for where all scores could be read", () => {
  const judging = { judged: 4, score_5: 4 };
  const pairing = { prompts: 2, pairs: 0, discard_rate: 1, dropped_tie: 2, dropped_answer_truncated: 1 };
  expect(stopReason(STOP, pairing, judging)?.message).toBe("0 pairs: 2 prompts dropped: tie 2");
});

it("says so where nothing was judged", () => {
  expect(stopReason(STOP, { prompts: 0, pairs: 0 }, {})?.message).toBe("0 pairs: no answer was judged");
  const prompting = { sampled: 8, kept: 0, dropped_near_duplicate: 7, dropped_too_long: 1, dropped_empty: 0 };
  expect(stopReason(STOP, { prompts: 0, pairs: 0 }, {}, prompting)?.message).toBe(
    "0 pairs: no answer was judged: no prompt was left (dropped: near_duplicate 7, too_long 1)",
  );
});

it("stops above the discard rate and below the fewest pairs, not at them", () => {
  const judging = { judged: 40, score_4: 40 };
  const pairing = { prompts: 10, pairs: 1, discard_rate: 0.9, dropped_tie: 9 };
  expect(stopReason(STOP, pairing, judging)).toBeUndefined();
  expect(stopReason({ ...STOP, max_discard_rate: 0.8 }, pairing, judging)).toEqual({
    code: "DISCARD_RATE",
    message: "90.0 % of prompts gave no pair (stop.max_discard_rate is 0.8): 10 prompts dropped: tie 9",
  });
  expect(stopReason({ ...STOP, min_pairs: 2 }, pairing, judging)).toMatchObject({
    code: "NO_PAIRS",
    message: "1 pair (stop.min_pairs is 2): 10 prompts dropped: tie 9",
  });
});
