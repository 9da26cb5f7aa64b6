import { describe, expect, it } from "vitest";
import { findVerifier, readVerifiable } from "./find-verifier.ts";
import { tinyWorldVerifier } from "./tiny-world.ts";

const REQUEST = "list 3 tools or animals from a to z";

describe("the tiny world's verifier", () => {
  it("puts prompts with one request into one cluster, whatever stands before it", () => {
    const clusters = [`i have a fig and a red . ${REQUEST}`, `my cat is near the axe . ${REQUEST}`].map(
      (prompt) => tinyWorldVerifier.read(prompt)?.cluster,
    );
    expect(clusters).toEqual([REQUEST, REQUEST]);
  });

  it("scores by five criteria", () => {
    const read = tinyWorldVerifier.read(`i have a fig and a red . ${REQUEST}`);
    expect(read?.verify("sure : 1 cat 2 axe 3 bear")).toEqual({
      score: 4,
      criteria: { relevant: true, count: true, fit: true, order: false, style: true },
    });
  });

  it("does not read other prompts", () => {
    expect(tinyWorldVerifier.read("why is the sky blue?")).toBeNull();
    expect(tinyWorldVerifier.read(REQUEST)).toBeNull();
  });
});

describe("verifiers by name", () => {
  it("finds them, and names those there are", () => {
    expect(findVerifier("tiny-world", "spec.verifier")).toBe(tinyWorldVerifier);
    expect(() => findVerifier("tiny", "spec.verifier")).toThrow('spec.verifier must be one of tiny-world, got "tiny"');
    expect(() => readVerifiable(tinyWorldVerifier, "why?", "comparisons[0].prompt")).toThrow('got "why?"');
  });
});
