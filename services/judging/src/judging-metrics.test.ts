import { describe, expect, it } from "vitest";
import { countJudgements, type JudgedSamples, judgingMetrics } from "./judging-metrics.ts";

/** Three samples each, thirds for means; every seventh answer is unread. */
const judged: JudgedSamples[] = Array.from({ length: 500 }, (_, i) =>
  i % 7 === 0
    ? { mean: null, failures: ["NO_MENTION", "CUT_OFF", "NO_MENTION"] }
    : { mean: ((i * 7919) % 16) / 3, failures: [null, null, null] },
);

function metricsWith(shardSize: number) {
  const shards = Array.from({ length: Math.ceil(judged.length / shardSize) }, (_, i) =>
    judged.slice(i * shardSize, (i + 1) * shardSize),
  );
  // What crosses the bus between the shards and the end of the job is JSON.
  const counts = shards.map((shard) => countJudgements(2 * shard.length, shard));
  return judgingMetrics(JSON.parse(JSON.stringify(counts)) as typeof counts);
}

describe("metrics of judging", () => {
  it("are the same bytes for every size of shards", () => {
    const whole = JSON.stringify(metricsWith(judged.length));
    for (const size of [1, 2, 3, 7, 10, 64, 499]) expect(JSON.stringify(metricsWith(size))).toBe(whole);
  });

  it("count answers, samples and reasons, and average over the answers that have a mean", () => {
    const means = judged.flatMap(({ mean }) => (mean === null ? [] : [mean]));
    const metrics = metricsWith(32);
    expect(metrics).toMatchObject({
      candidates: 1000,
      judged: 500,
      samples: 1500,
      parsed_share: (3 * means.length) / 1500,
      saturated_share: means.filter((mean) => mean === 5).length / means.length,
      failed_no_mention: 2 * (500 - means.length),
      failed_cut_off: 500 - means.length,
    });
    expect(metrics["mean_score"]).toBeCloseTo(means.reduce((sum, mean) => sum + mean, 0) / means.length, 12);
    for (let k = 0; k <= 5; k++) {
      expect(metrics[`score_${k}`]).toBe(means.filter((mean) => Math.round(mean) === k).length);
    }
  });

  it("leave out shares and means of nothing", () => {
    const unread = countJudgements(1, [{ mean: null, failures: ["EMPTY"] }]);
    expect(judgingMetrics([unread])).toMatchObject({ parsed_share: 0, failed_empty: 1 });
    expect(judgingMetrics([unread])).not.toHaveProperty("mean_score");
    expect(judgingMetrics([])).not.toHaveProperty("parsed_share");
  });
});
