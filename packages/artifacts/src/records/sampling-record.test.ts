import { expect, it } from "vitest";
import { samplingField } from "./fields.ts";
import { samplingRecord } from "./sampling-record.ts";

it("writes out what is absent, and keeps what is given", () => {
  const least = { temperature: 0, topP: undefined, topK: 0, minP: 0, repetitionPenalty: undefined, maxTokens: 5 };
  const written = { temperature: 0, top_p: 1, top_k: 0, min_p: 0, repetition_penalty: 1, max_tokens: 5 };
  expect(samplingRecord(least)).toEqual(written);
  expect(samplingField.parse(samplingRecord(least))).toEqual(written);
  const full = { temperature: 0.7, topP: 0.9, topK: 40, minP: 0.05, repetitionPenalty: 1.1, maxTokens: 48 };
  expect(samplingRecord(full)).toEqual({
    temperature: 0.7,
    top_p: 0.9,
    top_k: 40,
    min_p: 0.05,
    repetition_penalty: 1.1,
    max_tokens: 48,
  });
});
