import { expect, it } from "vitest";
import { samplingMessage, samplingOf } from "./sampling-of.ts";

const PARAMETERS = { temperature: 0.5, topP: undefined, topK: 0, minP: 0, repetitionPenalty: undefined };

it("gives a judgement the rubric's room where a request names none, and writes out what is absent", () => {
  const open = samplingOf({ ...PARAMETERS, maxTokens: 0 }, 384, "sampling");
  expect(open).toEqual({ temperature: 0.5, top_p: 1, top_k: 0, min_p: 0, repetition_penalty: 1, max_tokens: 384 });
  expect(samplingOf({ ...PARAMETERS, maxTokens: 50 }, 384, "sampling").max_tokens).toBe(50);
  expect(samplingOf(samplingMessage(open), 1, "sampling")).toEqual(open);
});
