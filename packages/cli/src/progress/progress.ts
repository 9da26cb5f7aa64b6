import type { orchestration } from "@srlm/contracts";
import type { Output } from "../output.ts";
import { JsonProgress } from "./json-progress.ts";
import { LineProgress } from "./line-progress.ts";

/** Shows how runs get on. Called with the run as it is, at each change. */
export interface Progress {
  /** A seed's run begins, or goes on. */
  begin(seed: number, title: string): void;
  update(run: orchestration.Run): void;
  /** Something worth a line that is no stage. */
  note(text: string): void;
  /** Nothing more comes: a live line goes away. */
  end(): void;
}

export function createProgress(output: Output, json: boolean): Progress {
  return json ? new JsonProgress(output) : new LineProgress(output);
}
