import { type Verdict, verify } from "@srlm/tiny-world-verifier";
import type { VerifiablePrompt, Verifier } from "./verifier.ts";

/** Separates the distractor from the request; the verifier reads no instruction without it. */
const SEPARATOR = " . ";

/** The tiny world's ground truth. Prompts with one request, whatever stands before it, are one cluster. */
export const tinyWorldVerifier: Verifier = {
  name: "tiny-world",
  read(prompt): VerifiablePrompt | null {
    if (verify(prompt, "") === null) return null;
    return {
      cluster: prompt.slice(prompt.lastIndexOf(SEPARATOR) + SEPARATOR.length),
      verify(answer) {
        const { score, criteria } = verify(prompt, answer) as Verdict;
        return { score, criteria: { ...criteria } };
      },
    };
  },
};
