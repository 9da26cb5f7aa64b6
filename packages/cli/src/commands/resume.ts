import { CliError } from "../cli-error.ts";
import { COMMAND } from "../command-name.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { isPooled } from "../report-page/sections.ts";
import { readReport } from "../run/read-report.ts";
import { RunFolder } from "../run/run-folder.ts";
import { finishRun } from "./finish-run.ts";
import { showFinished } from "./report.ts";
import { enginesFor } from "./run.ts";

/** Whether there is nothing left to do: a pooled report may hold failed seeds, which are tried again. */
function isComplete(folder: RunFolder): boolean {
  if (!folder.isFinished) return false;
  const report = readReport(folder.path);
  return !isPooled(report) || report.seeds.every(({ failure }) => failure === undefined);
}

/** `srlm resume DIR`: goes on with a run that was stopped or failed. Returns the exit code. */
export async function resume(directory: string, options: { readonly json: boolean }, output: Output): Promise<number> {
  const folder = new RunFolder(directory);
  const record = folder.read();
  if (record === undefined) {
    throw new CliError(
      EXIT.usage,
      `${directory} holds no run; begin one by\n\n  ${COMMAND} run CONFIG --out ${directory}\n`,
    );
  }
  if (isComplete(folder)) return showFinished(folder, options.json, output);
  return finishRun({ folder, record, engines: enginesFor(record.engineBytes), json: options.json }, output);
}
