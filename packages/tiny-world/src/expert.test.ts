import { describe, expect, it } from "vitest";
import { drawAnswer, REVIEWED } from "./annotators.ts";
import { review } from "./expert.ts";
import { Random } from "./random.ts";
import { drawInstruction, numbered, REQUESTS, type Request } from "./world.ts";

const request = (text: string) => REQUESTS.find((candidate) => candidate.text === text) as Request;

describe("review", () => {
  it("goes through the answer word by word and sums its own verdicts", () => {
    const written = review(request("name 5 fruits in order"), "whatever : 1 banana 2 cherry 3 saw 4 pear");
    expect(written.text).toBe(
      "1 banana fits first 2 cherry fits ok 3 saw wrong ok 4 pear fits back want 5 . " +
        "relevant yes count no fit no order no style no score : 1",
    );
    expect(written.score).toBe(1);
  });

  it("gives a correct answer all five points, whatever is asked", () => {
    for (const asked of REQUESTS) {
      const words = asked.allowed.slice(0, asked.count);
      expect(review(asked, `sure : ${numbered(words)}`).score).toBe(5);
      expect(review(asked, `ugh : ${numbered(words)}`).score).toBe(4);
    }
  });

  it("lets a repeated word fail the order, and an empty answer nearly everything", () => {
    const asked = request("list 2 tools from a to z");
    expect(review(asked, "sure : 1 axe 2 axe").verdicts).toEqual({
      relevant: true,
      count: true,
      fit: true,
      order: false,
      style: true,
    });
    expect(review(asked, "sure :").text).toBe("want 2 . relevant no count no fit no order no style yes score : 1");
    expect(review(asked, "").score).toBe(0);
  });

  it("ends every review with the number of its own yes-verdicts", () => {
    const random = Random.stream(3, "test");
    for (let i = 0; i < 5000; i++) {
      const { request: asked } = drawInstruction(random);
      const { text, score } = review(asked, drawAnswer(random, asked, REVIEWED));
      const yes = text.match(/ yes/g)?.length ?? 0;
      expect(text.endsWith(`score : ${yes}`)).toBe(true);
      expect(score).toBe(yes);
    }
  });
});
