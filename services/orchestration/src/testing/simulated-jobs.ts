/** Jobs without services, for tests: outputs are digests of the spec, so equal outputs prove equal specs. */
import { createHash } from "node:crypto";
import { canonicalJson } from "@srlm/artifacts";
import { parseConfig } from "../config/parse-config.ts";
import { expectedInputs } from "../run/inputs.ts";
import type { StageRole } from "../run/plan.ts";
import type { ArtifactRef, JobSnapshot, Metrics, RunState, StageRecord } from "../run/run-state.ts";
import { stageRequest } from "../run/specs/stage-request.ts";
import type { NewRun } from "../run/transition.ts";

export const TINY = `
name: test
new_model: { hidden_size: 32, layers: 1, attention_heads: 4, key_value_heads: 4, intermediate_size: 64, max_positions: 128 }
tokenizer: { vocabulary_size: 300, special_tokens: [<pad>, <user>, <end>], chat_template: "{{ messages }}", eos_token: <end> }
pretrain: { steps: 10, document_prefix: <user> }
data: { world: tiny }
seeds: { tuning: [0], reporting: [11, 12], evaluation: { tuning: 5, reporting: 6 } }
prompting: { source: sampled, prefix: <user>, stop: <end>, count: 8 }
controls: { shuffled: true }
`;

export const REAL = `
name: real
model: models/llama
data: { ranked: trees.jsonl }
baseline: { enabled: false }
prompting: { source: pooled, count: 8 }
`;

export function artifact(content: unknown): ArtifactRef {
  const text = canonicalJson(content);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return {
    uri: `artifact://sha256/${sha256}`,
    sha256,
    mediaType: "application/jsonl",
    sizeBytes: text.length,
    recordCount: 1,
  };
}

export function newRun(yaml: string, overrides: string[] = [], seed = 11): NewRun {
  const config = parseConfig(yaml, { overrides });
  const inputs = Object.fromEntries(expectedInputs(config).map(({ name }) => [name, artifact(name)]));
  const facts = { contextLength: 4096, excludedSuffixes: ["a held-out request"] };
  return { name: "runs/test", seed, config, inputs, facts };
}

const OUTPUTS: Readonly<Record<Exclude<StageRole["type"], "report">, readonly string[]>> = {
  tokenizer: ["tokenizer"],
  tokenization: ["dataset"],
  pretrain: ["model", "training_log"],
  sft: ["model", "training_log"],
  prompting: ["prompts"],
  sampling: ["candidates"],
  judging: ["judgements"],
  pairing: ["pairs"],
  dpo: ["model", "training_log"],
  evaluation: ["answers", "judgements"],
};

/** Figures of a healthy stage. */
export function usualMetrics(role: StageRole): Metrics {
  switch (role.type) {
    case "prompting":
      return { sampled: 20, kept: 8, dropped_duplicate: 12 };
    case "sampling":
      return { prompts: 8, candidates: 32, generated_tokens: 320, stopped_share: 1, mean_tokens: 10 };
    case "judging":
      return { candidates: 32, judged: 30, samples: 90, parsed_share: 1, mean_score: 3, score_3: 20, score_4: 10 };
    case "pairing":
      return { prompts: 8, pairs: 7, discard_rate: 0.125, dropped_tie: 1, mean_margin: 1.5 };
    case "pretrain":
    case "sft":
      return { steps: 10, tokens: 1000, first_loss: 5, final_loss: 2 };
    case "dpo":
      return {
        steps: 2,
        tokens: 500,
        pairs: 7,
        first_loss: Math.LN2,
        final_loss: 0.6,
        first_margin: 0,
        final_accuracy: 1,
        chosen_logprob_change: 0.3,
        rejected_logprob_change: -0.6,
      };
    default:
      return {};
  }
}

export type MetricsOf = (stage: StageRecord) => Metrics;

/** The job of a stage as it ends well: a function of the stage's spec, at whatever time it is asked. */
export function succeededSnapshot(
  run: RunState,
  stage: StageRecord,
  metricsOf: MetricsOf = ({ role }) => usualMetrics(role),
): JobSnapshot {
  const { role } = stage;
  const spec = role.type === "report" ? "report" : stageRequest(run, role).spec;
  const names = role.type === "report" ? ["report"] : OUTPUTS[role.type];
  const wire: unknown = JSON.parse(JSON.stringify(spec));
  return {
    name: `jobs/${stage.name}`,
    sequence: 1_000,
    state: "succeeded",
    startTime: 1,
    endTime: 2,
    engineFingerprint: role.type === "sampling" ? "wasm" : "",
    outputs: Object.fromEntries(names.map((name) => [name, artifact([name, wire])])),
    metrics: metricsOf(stage),
  };
}
