/** The pairing service: `BuildPairs` for answers at hand, and the job over datasets. */
import { pairing } from "@srlm/contracts";
import { implement, required, type ServiceModule } from "@srlm/service-kit";
import { buildPairs } from "./build-pairs.ts";
import { pairingJob } from "./job.ts";
import { droppedCounts, strategyName } from "./pairing-messages.ts";
import type { ScoredPrompt } from "./pairing-types.ts";

export function pairingService(): ServiceModule {
  return {
    name: "pairing",
    async create({ jobs }) {
      return {
        implementations: [
          implement(pairing.PairingServiceDefinition, {
            async buildPairs({ prompts, strategy, seed }) {
              const { pairs, counts } = buildPairs(prompts.map(scoredPrompt), {
                strategy: strategyName(strategy, "strategy"),
                seed,
              });
              return {
                pairs: pairs.map(({ promptId, chosen, rejected }) => ({
                  promptId,
                  chosenCandidateId: chosen.candidateId,
                  rejectedCandidateId: rejected.candidateId,
                  chosenScore: chosen.score,
                  rejectedScore: rejected.score,
                })),
                dropped: droppedCounts(counts),
              };
            },
            async startPairing({ requestId, spec, labels }) {
              const checked = required(spec, "spec");
              required(checked.candidates, "spec.candidates");
              required(checked.judgements, "spec.judgements");
              strategyName(checked.strategy, "spec.strategy");
              return { job: await jobs.submit(pairingJob, { requestId, spec: checked, labels }) };
            },
          }),
        ],
        jobKinds: [pairingJob],
      };
    },
  };
}

function scoredPrompt({ promptId, answers }: pairing.ScoredPrompt, index: number): ScoredPrompt {
  return {
    promptId: required(promptId, `prompts[${index}].prompt_id`),
    answers: answers.map(({ candidateId, text, mean, truncated }) => ({
      candidateId,
      text,
      score: mean ?? null,
      complete: !truncated,
    })),
  };
}
