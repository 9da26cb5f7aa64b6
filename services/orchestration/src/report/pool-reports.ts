import type { evaluation } from "@srlm/contracts";
import type { Config } from "../config/schema.ts";
import { modelNames } from "../run/model-names.ts";
import { checkClaims } from "./claims.ts";
import type { Metrics, ModelResult, PooledReport, SeedOutcome } from "./report-types.ts";
import { differences, modelResults } from "./summary.ts";

/** Means over seeds of what each seed measured of a model as judge. */
function meanJudge(results: readonly ModelResult[]): Record<string, Metrics> {
  const splits = [...new Set(results.flatMap(({ judge }) => Object.keys(judge)))];
  return Object.fromEntries(
    splits.map((split) => {
      const own = results
        .map(({ judge }) => judge[split])
        .filter((metrics): metrics is Metrics => metrics !== undefined);
      const names = [...new Set(own.flatMap((metrics) => Object.keys(metrics)))];
      const mean = (name: string) => {
        const values = own.flatMap((metrics) => metrics[name] ?? []);
        return values.reduce((sum, value) => sum + value, 0) / values.length;
      };
      return [split, Object.fromEntries(names.map((name) => [name, mean(name)]))];
    }),
  );
}

/**
 * The report of several seeds: every seed with its verdict or its failure, and results over all that have a report.
 * `summary` is that of `SummarizeEvaluations` over the answers of all these seeds.
 */
export function poolReports(
  config: Config,
  outcomes: readonly SeedOutcome[],
  summary: evaluation.SummarizeEvaluationsResponse,
): PooledReport | undefined {
  const ordered = [...outcomes].sort((a, b) => a.seed - b.seed);
  const reports = ordered.flatMap((outcome) => ("report" in outcome ? [outcome.report] : []));
  const [first] = reports;
  if (first === undefined) return undefined;
  const found = differences(summary);
  const judge = (model: string) =>
    meanJudge(reports.flatMap((report) => report.models.filter((one) => one.model === model)));
  return {
    name: config.name,
    seeds: ordered.map((outcome) =>
      "report" in outcome
        ? {
            seed: outcome.seed,
            verdict: outcome.report.verdict,
            claims: outcome.report.claims.map(({ claim, holds }) => ({ claim, holds })),
            inputs: outcome.report.inputs,
          }
        : { seed: outcome.seed, failure: { reason: outcome.failure.reason } },
    ),
    models: modelResults(modelNames(config), summary, judge),
    differences: found,
    claims: checkClaims(config.evaluation.claims, found),
    scored_by: first.scored_by,
    judge: first.judge,
    engine_fingerprints: [...new Set(reports.flatMap((report) => report.engine_fingerprints))].sort(),
    configuration: first.configuration,
  };
}
