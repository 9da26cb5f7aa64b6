/**
 * The folder of a run: what was asked for, where its state lies, and what came of it.
 *
 *     run.json                     the request: resolved configuration, seeds, artifacts that stand for the inputs
 *     state/                       the bus (jobs, runs); one process at a time owns it
 *     artifacts/                   content by digest: data, models, answers
 *     log.jsonl                    what the services log
 *     report.json, report.html     results; pooled over seeds where there are several
 *     timings.json                 how long each stage took
 *     seed-<k>/                    the same three files of each seed, where there are several
 */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ArtifactRef } from "@srlm/artifacts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { writeFileAtomic } from "./atomic-file.ts";

/** Grows when run.json changes in a way that older versions cannot read. */
const FORMAT = 1;

export interface RunRequest {
  /** The configuration with all defaults written out, as YAML. */
  readonly config: string;
  readonly seeds: readonly number[];
  /** Asked for with `--seeds`: results are pooled, also those of a single seed. */
  readonly pooled: boolean;
  /** Memory that an engine needs for the model, in bytes: decides how many there may be. */
  readonly engineBytes: number;
}

export interface RunRecord extends RunRequest {
  readonly format: typeof FORMAT;
  /** Artifacts of the inputs, by seed. */
  readonly inputs: Readonly<Record<string, Readonly<Record<string, ArtifactRef>>>>;
}

export class RunFolder {
  readonly path: string;
  /** As the user wrote it, for messages. */
  readonly name: string;

  constructor(path: string) {
    this.name = path;
    this.path = resolve(path);
  }

  get statePath(): string {
    return join(this.path, "state");
  }

  get artifactsPath(): string {
    return join(this.path, "artifacts");
  }

  get logPath(): string {
    return join(this.path, "log.jsonl");
  }

  /** Where the results of one seed lie. */
  resultsOf(record: RunRequest, seed: number): string {
    return record.pooled ? join(this.path, `seed-${seed}`) : this.path;
  }

  get isFinished(): boolean {
    return existsSync(join(this.path, "report.json"));
  }

  /** What was asked for; undefined where no run was begun here. */
  read(): RunRecord | undefined {
    const path = join(this.path, "run.json");
    if (!existsSync(path)) return undefined;
    let record: Partial<RunRecord>;
    try {
      record = JSON.parse(readFileSync(path, "utf8")) as Partial<RunRecord>;
    } catch (cause) {
      throw new CliError(EXIT.usage, `${path} is not JSON; use another folder`, { cause });
    }
    if (record.format === FORMAT) return record as RunRecord;
    const found = JSON.stringify(record.format) ?? "none";
    throw new CliError(
      EXIT.usage,
      `${path} has format ${found}, this version reads ${FORMAT}: use the version that wrote it`,
    );
  }

  /** Begins a run. */
  create(request: RunRequest, inputs: RunRecord["inputs"]): RunRecord {
    const record: RunRecord = { format: FORMAT, ...request, inputs };
    writeFileAtomic(join(this.path, "run.json"), `${JSON.stringify(record, null, 2)}\n`);
    return record;
  }
}

export type FolderUse = "new" | "unfinished" | "finished";

/** What the folder is to this request: free, or this very run. Refused otherwise, with what to do instead. */
export function checkFolder(folder: RunFolder, request: RunRequest): FolderUse {
  const found = folder.read();
  if (found === undefined) {
    if (!folder.isFinished) return "new";
    throw new CliError(EXIT.usage, `${folder.name} holds a report and no run: give another folder with --out`);
  }
  const same =
    found.config === request.config &&
    found.pooled === request.pooled &&
    JSON.stringify(found.seeds) === JSON.stringify(request.seeds);
  if (!same) {
    throw new CliError(
      EXIT.usage,
      `${folder.name} holds ${folder.isFinished ? "the results of" : "an unfinished run of"} another configuration or other seeds: give another folder with --out`,
    );
  }
  return folder.isFinished ? "finished" : "unfinished";
}
