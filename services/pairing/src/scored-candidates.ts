/** Candidates with the scores that a judge gave them, prompt by prompt. */
import {
  type ArtifactRef,
  type ArtifactStore,
  type CandidateRecord,
  candidateKind,
  judgementKind,
  readRecords,
} from "@srlm/artifacts";
import { invalidArgument } from "@srlm/service-kit";
import type { ScoredPrompt } from "./pairing-types.ts";

/** One prompt's candidates, in their order. */
export interface CandidateGroup {
  readonly promptId: string;
  readonly candidates: readonly CandidateRecord[];
}

/**
 * Runs of candidates to one prompt, in the order of the dataset; only one run is in memory at a time.
 * INVALID_ARGUMENT (CANDIDATES_NOT_IN_PROMPT_ORDER) where a prompt comes up again after another.
 */
export async function* candidateGroups(
  artifacts: ArtifactStore,
  ref: ArtifactRef,
  signal: AbortSignal,
): AsyncGenerator<CandidateGroup> {
  const seen = new Set<string>();
  let promptId: string | null = null;
  let candidates: CandidateRecord[] = [];
  for await (const candidate of readRecords(artifacts, candidateKind, ref, { signal })) {
    if (candidate.prompt_id === promptId) {
      candidates.push(candidate);
      continue;
    }
    if (promptId !== null) yield { promptId, candidates };
    promptId = candidate.prompt_id;
    candidates = [candidate];
    if (seen.has(promptId)) {
      throw invalidArgument(
        "spec.candidates",
        `holds the candidates of prompt ${promptId} in two places: sort them by prompt`,
        "CANDIDATES_NOT_IN_PROMPT_ORDER",
      );
    }
    seen.add(promptId);
  }
  if (promptId !== null) yield { promptId, candidates };
}

/** Mean scores by candidate; every one must be asked for. */
export class JudgedMeans {
  readonly #means: Map<string, number | null>;
  readonly #unused: Set<string>;

  private constructor(means: Map<string, number | null>) {
    this.#means = means;
    this.#unused = new Set(means.keys());
  }

  /** INVALID_ARGUMENT (JUDGEMENT_REPEATED) where a candidate is judged twice. */
  static async read(artifacts: ArtifactStore, ref: ArtifactRef, signal: AbortSignal): Promise<JudgedMeans> {
    const means = new Map<string, number | null>();
    for await (const { candidate_id, mean } of readRecords(artifacts, judgementKind, ref, { signal })) {
      if (means.has(candidate_id)) {
        throw invalidArgument(
          "spec.judgements",
          `judges candidate ${candidate_id} twice: keep one judgement of each`,
          "JUDGEMENT_REPEATED",
        );
      }
      means.set(candidate_id, mean);
    }
    return new JudgedMeans(means);
  }

  /** A candidate without a judgement counts as one whose judgements all failed. */
  score({ promptId, candidates }: CandidateGroup): ScoredPrompt {
    const answers = candidates.map(({ candidate_id, completion, finish_reason }) => {
      this.#unused.delete(candidate_id);
      const score = this.#means.get(candidate_id) ?? null;
      return { candidateId: candidate_id, text: completion, score, complete: finish_reason === "stop" };
    });
    return { promptId, answers };
  }

  /** INVALID_ARGUMENT (JUDGEMENT_WITHOUT_CANDIDATE) where a judgement was never asked for. */
  assertAllUsed(): void {
    const [candidateId] = this.#unused;
    if (candidateId === undefined) return;
    throw invalidArgument(
      "spec.judgements",
      `judges candidate ${candidateId}, which spec.candidates does not hold (${this.#unused.size} such): ` +
        "give the candidates that were judged",
      "JUDGEMENT_WITHOUT_CANDIDATE",
    );
  }
}
