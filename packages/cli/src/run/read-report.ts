import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { AnyReport } from "../report-page/sections.ts";

/** report.json of a folder. CliError where there is none, or where it is something else. */
export function readReport(directory: string): AnyReport {
  const path = join(directory, "report.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new CliError(EXIT.usage, `there is no report ${path}; a run writes it when it has ended`, { cause });
  }
  try {
    const report = JSON.parse(text) as Partial<AnyReport> | null;
    if (typeof report?.name === "string" && Array.isArray(report.models) && Array.isArray(report.claims)) {
      return report as AnyReport;
    }
  } catch (cause) {
    throw new CliError(EXIT.usage, `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
  throw new CliError(EXIT.usage, `${path} is no report of a run`);
}
