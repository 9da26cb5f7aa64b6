import { join } from "node:path";
import { COMMAND } from "../command-name.ts";
import type { EnginePlan } from "../embedded/engine-plan.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { createProgress } from "../progress/progress.ts";
import { headline } from "../report-page/sections.ts";
import { terminalText } from "../report-page/terminal-text.ts";
import { type Execution, executeRun } from "../run/execute-run.ts";
import { listenForInterruption } from "../run/interruption.ts";
import type { RunFolder, RunRecord } from "../run/run-folder.ts";

export interface FinishRunOptions {
  readonly folder: RunFolder;
  readonly record: RunRecord;
  readonly engines: EnginePlan;
  readonly json: boolean;
}

/** Lines for people are not wider than what a report is easily read at. */
const MAX_COLUMNS = 100;

export function textColumns(output: Output): number {
  return Math.min(output.columns, MAX_COLUMNS);
}

/** Runs, or goes on with, what a folder asks for, and shows what came of it. Returns the exit code. */
export async function finishRun(options: FinishRunOptions, output: Output): Promise<number> {
  const { folder, record, engines, json } = options;
  const interruption = listenForInterruption(output);
  const progress = createProgress(output, json);
  try {
    const execution = await executeRun({ folder, record, engines, progress, signal: interruption.signal });
    if (execution.state === "interrupted") {
      output.err(`Stopped. Go on by\n\n  ${COMMAND} resume ${folder.name}\n\n`);
      return interruption.exitCode() ?? EXIT.interrupted;
    }
    return json ? showJson(execution, folder, output) : showText(execution, folder, output);
  } finally {
    interruption.dispose();
  }
}

type Ended = Extract<Execution, { readonly state: "ended" }>;

function showText({ report, failed }: Ended, folder: RunFolder, output: Output): number {
  if (report !== undefined) {
    output.out(`\n${terminalText(headline(report), textColumns(output))}\n`);
    output.out(`All tables: ${COMMAND} report ${folder.name}, or ${join(folder.name, "report.html")}\n`);
  }
  if (failed.length === 0) return EXIT.ok;
  output.err(
    `What the services logged is in ${folder.logPath}. Try again by\n\n  ${COMMAND} resume ${folder.name}\n\n`,
  );
  return EXIT.failed;
}

function showJson({ report, failed }: Ended, folder: RunFolder, output: Output): number {
  const state = failed.length === 0 ? "SUCCEEDED" : "FAILED";
  const path = report === undefined ? null : join(folder.path, "report.json");
  output.out(`${JSON.stringify({ event: "end", state, report: path, failed })}\n`);
  return failed.length === 0 ? EXIT.ok : EXIT.failed;
}
