import { join } from "node:path";
import { COMMAND } from "../command-name.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { allSections, headline, isPooled } from "../report-page/sections.ts";
import { terminalText } from "../report-page/terminal-text.ts";
import { readReport } from "../run/read-report.ts";
import type { RunFolder } from "../run/run-folder.ts";
import { writePage } from "../run/write-results.ts";
import { textColumns } from "./finish-run.ts";

/** `srlm report DIR`: prints the tables of report.json and writes report.html anew. Returns the exit code. */
export function report(directory: string, options: { readonly json: boolean }, output: Output): number {
  const found = readReport(directory);
  writePage(directory, found);
  if (options.json) output.out(`${JSON.stringify(found)}\n`);
  else output.out(`${terminalText(allSections(found), textColumns(output))}\n${join(directory, "report.html")}\n`);
  return EXIT.ok;
}

/** Shows what came of a run that has ended already. Returns the exit code. */
export function showFinished(folder: RunFolder, json: boolean, output: Output): number {
  const found = readReport(folder.path);
  const failed = isPooled(found) ? found.seeds.filter(({ failure }) => failure !== undefined) : [];
  const path = join(folder.name, "report.json");
  if (json) {
    const state = failed.length === 0 ? "SUCCEEDED" : "FAILED";
    output.out(`${JSON.stringify({ event: "end", state, report: join(folder.path, "report.json"), already: true })}\n`);
  } else {
    output.out(`${terminalText(headline(found), textColumns(output))}\n`);
    output.err(`This run has ended already: ${path}. All tables: ${COMMAND} report ${folder.name}\n`);
    output.err("To run it again, give another folder with --out.\n");
  }
  return failed.length === 0 ? EXIT.ok : EXIT.failed;
}
