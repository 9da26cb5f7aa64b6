import type { CriteriaVerdict } from "../metrics/verified-score.ts";

/** A prompt that a verifier understands. */
export interface VerifiablePrompt {
  /**
   * What is asked, where several prompts may ask the same in other words: their scores are not independent, and
   * intervals draw them together. Null where every prompt stands for itself.
   */
  readonly cluster: string | null;
  /** Score in 0..5 and the criteria it comes from. */
  verify(answer: string): CriteriaVerdict;
}

/** Ground truth that lies outside the loop: a pure function of prompt and answer. */
export interface Verifier {
  /** As in `EvaluationSpec.verifier`. */
  readonly name: string;
  /** Null for a prompt that this verifier cannot judge answers to. */
  read(prompt: string): VerifiablePrompt | null;
}
