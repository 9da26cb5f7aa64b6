/**
 * The pairing job: one shard, since it reads and compares and computes next to nothing. Candidates pass through one
 * prompt at a time; the pair carries their ids as they were sampled.
 */
import {
  type ArtifactRef,
  type CandidateRecord,
  type PreferencePairRecord,
  pairId,
  preferencePairKind,
  recordOrigin,
  writeRecords,
} from "@srlm/artifacts";
import { pairing } from "@srlm/contracts";
import { type JobKind, required, type ShardRun } from "@srlm/service-kit";
import { buildPairs } from "./build-pairs.ts";
import { strategyName } from "./pairing-messages.ts";
import { PairingTally } from "./pairing-metrics.ts";
import type { PreferencePair } from "./pairing-types.ts";
import { type CandidateGroup, candidateGroups, JudgedMeans } from "./scored-candidates.ts";

interface PairedShard {
  readonly pairs: ArtifactRef;
  readonly metrics: Record<string, number>;
}

export const pairingJob: JobKind<pairing.PairingSpec, null, PairedShard> = {
  kind: "pairing",
  specType: pairing.PairingSpec,
  unit: "candidates",
  plan: async (spec) => [{ payload: null, size: required(spec.candidates, "spec.candidates").recordCount }],
  async runShard(spec, _, run) {
    const tally = new PairingTally();
    const records = pairRecords(spec, tally, run);
    const pairs = await writeRecords(run.artifacts, preferencePairKind, records, { signal: run.signal });
    return { value: { pairs, metrics: tally.metrics() } };
  },
  async finish(spec, [result], { artifacts, job, signal }) {
    const { pairs, metrics } = result!.value;
    const parameters = { strategy: strategyName(spec.strategy, "spec.strategy"), seed: spec.seed };
    const inputs = { candidates: spec.candidates!, judgements: spec.judgements! };
    await recordOrigin(artifacts, pairs, { kind: "preference-pair", producer: job, inputs, parameters }, { signal });
    return { outputs: { pairs }, metrics };
  },
};

async function* pairRecords(
  spec: pairing.PairingSpec,
  tally: PairingTally,
  run: ShardRun,
): AsyncGenerator<PreferencePairRecord> {
  const { artifacts, signal } = run;
  const options = { strategy: strategyName(spec.strategy, "spec.strategy"), seed: spec.seed };
  const means = await JudgedMeans.read(artifacts, required(spec.judgements, "spec.judgements"), signal);
  let read = 0;
  for await (const group of candidateGroups(artifacts, required(spec.candidates, "spec.candidates"), signal)) {
    const { pairs, counts } = buildPairs([means.score(group)], options);
    tally.count(counts);
    for (const pair of pairs) {
      const record = pairRecord(pair, group);
      tally.add(record);
      yield record;
    }
    read += group.candidates.length;
    run.report(read);
  }
  means.assertAllUsed();
}

function pairRecord({ promptId, chosen, rejected }: PreferencePair, { candidates }: CandidateGroup) {
  const byId = (id: string) => candidates.find(({ candidate_id }) => candidate_id === id) as CandidateRecord;
  const [better, worse] = [byId(chosen.candidateId), byId(rejected.candidateId)];
  const ids = {
    prompt_id: promptId,
    chosen_candidate_id: better.candidate_id,
    rejected_candidate_id: worse.candidate_id,
  };
  return {
    ...ids,
    pair_id: pairId(ids),
    prompt: better.prompt,
    chosen: better.completion,
    rejected: worse.completion,
    chosen_score: chosen.score,
    rejected_score: rejected.score,
    prompt_ids: better.prompt_ids,
    chosen_ids: better.completion_ids,
    rejected_ids: worse.completion_ids,
  };
}
