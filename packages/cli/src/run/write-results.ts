import { join } from "node:path";
import type { ArtifactStore } from "@srlm/artifacts";
import type { orchestration } from "@srlm/contracts";
import { type Report, timings } from "@srlm/orchestration";
import { reportPage } from "../report-page/html-page.ts";
import type { AnyReport } from "../report-page/sections.ts";
import { writeFileAtomic } from "./atomic-file.ts";

/** `report.html` beside `report.json`. */
export function writePage(directory: string, report: AnyReport): void {
  writeFileAtomic(join(directory, "report.html"), reportPage(report));
}

/** `report.json`, the bytes of the run's own output, written last: where it lies, all else lies too. */
export async function writeResults(
  directory: string,
  run: orchestration.Run,
  artifacts: ArtifactStore,
): Promise<Report> {
  const ref = run.outputs["report"];
  if (ref === undefined) throw new Error(`${run.name} has succeeded without a report`);
  const bytes = await artifacts.bytes(ref);
  const report = JSON.parse(Buffer.from(bytes).toString("utf8")) as Report;
  writeFileAtomic(join(directory, "timings.json"), `${JSON.stringify(timings(run), null, 2)}\n`);
  writePage(directory, report);
  writeFileAtomic(join(directory, "report.json"), bytes);
  return report;
}
