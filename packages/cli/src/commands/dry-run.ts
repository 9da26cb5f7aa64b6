import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openFileArtifactStore } from "@srlm/artifacts";
import {
  estimateMemory,
  formatBytes,
  type LlamaConfig,
  type MemoryEstimate,
  parameterCount,
} from "@srlm/language-model";
import { type Config, planRun } from "@srlm/orchestration";
import { createBackend } from "@srlm/tensor-kernels";
import type { EnginePlan } from "../embedded/engine-plan.ts";
import { resolvedBackend } from "../embedded/resolved-backend.ts";
import { EXIT } from "../exit-codes.ts";
import { importData } from "../inputs/import-inputs.ts";
import type { Output } from "../output.ts";
import { type MeasuredRates, measureRates } from "../plan/measure-rates.ts";
import { trainingTokens } from "../plan/model-needs.ts";
import { type TimedStage, timeStages, totalSeconds } from "../plan/stage-times.ts";
import { stageWork } from "../plan/stage-work.ts";
import { type DatasetSizes, datasetSizes } from "../plan/text-lengths.ts";
import { duration } from "../progress/stage-view.ts";
import { tableLines, wrap } from "../report-page/terminal-text.ts";
import type { RunFolder } from "../run/run-folder.ts";
import { textColumns } from "./finish-run.ts";

export interface DryRunOptions {
  readonly config: Config;
  readonly seeds: readonly number[];
  readonly shape: LlamaConfig;
  readonly engines: EnginePlan;
  readonly folder: RunFolder;
  readonly json: boolean;
}

interface Plan {
  readonly stages: readonly TimedStage[];
  readonly parameters: number;
  readonly training: MemoryEstimate;
  readonly sampling: MemoryEstimate;
  readonly rates: MeasuredRates;
  readonly fingerprint: string;
  /** Of one seed. */
  readonly seconds: number;
}

/** The data is read, and so checked, into a temporary store that goes away again. */
async function readSizes(config: Config, seed: number): Promise<DatasetSizes> {
  const temporary = mkdtempSync(join(tmpdir(), "srlm-plan-"));
  try {
    const store = await openFileArtifactStore(temporary);
    const inputs = await importData(store, config, seed, (path) => resolve(path));
    return await datasetSizes(store, inputs, config.data.world !== undefined);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

async function makePlan({ config, seeds, shape, engines }: DryRunOptions): Promise<Plan> {
  const sizes = await readSizes(config, seeds[0] ?? 0);
  const parameters = parameterCount(shape);
  const backend = await createBackend(resolvedBackend(process.env));
  const rates = measureRates(backend, shape);
  const worked = planRun(config).map((stage) => ({ stage, work: stageWork(config, stage, sizes, parameters) }));
  const stages = timeStages(worked, rates, engines.engines);
  return {
    stages,
    parameters,
    training: estimateMemory(shape, "training", trainingTokens(config, shape)),
    sampling: estimateMemory(shape, "sampling"),
    rates,
    fingerprint: backend.info.fingerprint,
    seconds: totalSeconds(stages, engines.engines),
  };
}

function gigaflops(flops: number): string {
  return `${(flops / 1e9).toPrecision(3)} GFLOP/s`;
}

function basis({ rates, parameters, fingerprint }: Plan): string {
  const share =
    rates.parameters === parameters
      ? "a model of this shape"
      : `a cut-down model of this shape (${rates.parameters} of ${parameters} parameters)`;
  return `Basis: measured just now on this machine, one engine (${fingerprint}) on ${share}: training ${gigaflops(rates.trainFlopPerSecond)}, sampling ${gigaflops(rates.sampleFlopPerSecond)}. Lengths of data are estimated from its text, those of what is generated as half of what is allowed. Expect it to be right within a factor of two.`;
}

function asText(plan: Plan, options: DryRunOptions, columns: number): string {
  const { config, seeds, engines, folder } = options;
  const rows = plan.stages.map(({ stage, work, seconds }) => [stage.name, work.what, duration(1000 * seconds)]);
  const memory = (estimate: MemoryEstimate) => formatBytes(estimate.totalBytes);
  const all = seeds.length === 1 ? "" : `, ${duration(1000 * plan.seconds * seeds.length)} for ${seeds.length} seeds`;
  return [
    `${config.name}: ${seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds.join(", ")}`}, into ${folder.name}. Nothing was started.`,
    "",
    ...tableLines({ columns: ["stage", "work", "estimated"], rows }, columns),
    "",
    ...wrap(
      `Memory: model of ${plan.parameters} parameters; training at most ${memory(plan.training)}, sampling ${memory(plan.sampling)} for each engine; there are ${engines.engines} of up to ${formatBytes(engines.memoryBytes)}.`,
      columns,
    ),
    ...wrap(`Time: about ${duration(1000 * plan.seconds)} for a seed${all}.`, columns),
    ...wrap(basis(plan), columns),
    "",
  ].join("\n");
}

function asJson(plan: Plan, { config, seeds, engines, folder }: DryRunOptions): object {
  return {
    event: "plan",
    name: config.name,
    seeds,
    out: folder.path,
    stages: plan.stages.map(({ stage, work, seconds }) => ({
      stage: stage.name,
      kind: stage.kind,
      needs: stage.needs,
      work: work.what,
      seconds,
    })),
    parameters: plan.parameters,
    training_bytes: plan.training.totalBytes,
    sampling_bytes: plan.sampling.totalBytes,
    engines: engines.engines,
    engine_memory_bytes: engines.memoryBytes,
    seconds: plan.seconds * seeds.length,
    basis: basis(plan),
  };
}

/** `srlm run --dry-run`: stages, memory and time. Reads the data, writes nothing. Returns the exit code. */
export async function dryRun(options: DryRunOptions, output: Output): Promise<number> {
  const plan = await makePlan(options);
  if (options.json) output.out(`${JSON.stringify(asJson(plan, options))}\n`);
  else output.out(asText(plan, options, textColumns(output)));
  return EXIT.ok;
}
