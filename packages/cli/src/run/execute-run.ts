/** Runs every seed of a folder's request to its end, one after the other, in this process; pools them where asked for. */
import { join } from "node:path";
import { canonicalJson } from "@srlm/artifacts";
import { jobs, type orchestration } from "@srlm/contracts";
import {
  type Config,
  evaluatedModels,
  NO_EVALUATION,
  parseConfig,
  poolReports,
  type SeedOutcome,
  summaryRequest,
} from "@srlm/orchestration";
import type { EnginePlan } from "../embedded/engine-plan.ts";
import { type Embedded, openEmbedded } from "../embedded/open-embedded.ts";
import type { Progress } from "../progress/progress.ts";
import type { AnyReport } from "../report-page/sections.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { followRun, hasEnded } from "./follow-run.ts";
import type { RunFolder, RunRecord } from "./run-folder.ts";
import { writePage, writeResults } from "./write-results.ts";

export interface ExecuteOptions {
  readonly folder: RunFolder;
  readonly record: RunRecord;
  readonly engines: EnginePlan;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface FailedSeed {
  readonly seed: number;
  readonly reason: string;
  readonly message: string;
}

export type Execution =
  | { readonly state: "interrupted" }
  /** `report` is pooled where several seeds were asked for; absent where every seed failed. */
  | { readonly state: "ended"; readonly report: AnyReport | undefined; readonly failed: readonly FailedSeed[] };

type SeedEnd = { readonly run: orchestration.Run; readonly outcome: SeedOutcome };

/** The run of a seed: the one that was begun before, put back to work where it had stopped, or a new one. */
async function startSeed({ peers }: Embedded, record: RunRecord, seed: number): Promise<string> {
  const spec = { configYaml: record.config, seed, inputs: { ...record.inputs[seed] } };
  const { run: name } = await peers.orchestration.startRun({ requestId: `seed-${seed}`, spec, labels: {} });
  const { run } = await peers.orchestration.getRun({ name });
  if (run !== undefined && hasEnded(run) && run.state !== jobs.JobState.SUCCEEDED) {
    await peers.orchestration.resumeRun({ name });
  }
  return name;
}

async function runSeed(
  embedded: Embedded,
  { folder, record, progress, signal }: ExecuteOptions,
  config: Config,
  seed: number,
): Promise<SeedEnd | undefined> {
  progress.begin(seed, config.name);
  const name = await startSeed(embedded, record, seed);
  const run = await followRun(embedded.peers, name, (change) => progress.update(change), signal);
  if (run === undefined) return undefined;
  if (run.state === jobs.JobState.SUCCEEDED) {
    const report = await writeResults(folder.resultsOf(record, seed), run, embedded.artifacts);
    return { run, outcome: { seed, report } };
  }
  const { reason, message } = run.error ?? { reason: "RUN_CANCELLED", message: `${name} was cancelled` };
  progress.note(`Seed ${seed} failed: ${reason}: ${message}`);
  return { run, outcome: { seed, failure: { reason, message } } };
}

async function pool(
  { peers }: Embedded,
  { folder, record }: ExecuteOptions,
  config: Config,
  ends: readonly SeedEnd[],
): Promise<AnyReport | undefined> {
  const models = ends.flatMap(({ run, outcome }) =>
    "report" in outcome ? evaluatedModels(run.stages, outcome.seed) : [],
  );
  const request = summaryRequest(config, record.seeds[0] ?? 0, models);
  const summary = request === undefined ? NO_EVALUATION : await peers.evaluation.summarizeEvaluations(request);
  const outcomes = ends.map(({ outcome }) => outcome);
  const report = poolReports(config, outcomes, summary);
  if (report === undefined) return undefined;
  writePage(folder.path, report);
  writeFileAtomic(join(folder.path, "report.json"), `${canonicalJson(report)}\n`);
  return report;
}

async function runSeeds(embedded: Embedded, options: ExecuteOptions, config: Config): Promise<Execution> {
  const { record } = options;
  const ends: SeedEnd[] = [];
  for (const seed of record.seeds) {
    const end = await runSeed(embedded, options, config, seed);
    if (end === undefined) return { state: "interrupted" };
    ends.push(end);
  }
  const failed = ends.flatMap(({ outcome }) =>
    "failure" in outcome ? [{ seed: outcome.seed, ...outcome.failure }] : [],
  );
  if (record.pooled) return { state: "ended", report: await pool(embedded, options, config, ends), failed };
  const [first] = ends;
  const report = first !== undefined && "report" in first.outcome ? first.outcome.report : undefined;
  return { state: "ended", report, failed };
}

/** Errors: those of `openEmbedded` and of StartRun. A run that fails is no error: it is in the result. */
export async function executeRun(options: ExecuteOptions): Promise<Execution> {
  const { folder, record, progress } = options;
  const config = parseConfig(record.config, { source: join(folder.name, "run.json") });
  const embedded = await openEmbedded({
    statePath: folder.statePath,
    artifactsPath: folder.artifactsPath,
    logPath: folder.logPath,
    engines: options.engines,
    services: config.services,
  });
  try {
    return await runSeeds(embedded, options, config);
  } finally {
    progress.end();
    await embedded.close();
  }
}
