import { orchestration } from "@srlm/contracts";
import type { Output } from "../output.ts";
import type { Progress } from "./progress.ts";
import { doneShare, endedLine, hasEnded, progressText } from "./stage-view.ts";

/** Without a terminal a stage speaks at most every ten seconds, and when a tenth more of it is done. */
const QUIET_MS = 10_000;
const QUIET_SHARE = 0.1;

const CLEAR_LINE = "\r\x1b[2K";

interface Spoken {
  readonly at: number;
  readonly share: number;
}

/**
 * Progress for people: a line for each stage that ends, and what is under way. On a terminal that is one last line,
 * rewritten; elsewhere plain lines now and then.
 */
export class LineProgress implements Progress {
  readonly #output: Output;
  readonly #now: () => number;
  readonly #ended = new Set<string>();
  readonly #spoken = new Map<string, Spoken>();
  #live = "";

  constructor(output: Output, now: () => number = Date.now) {
    this.#output = output;
    this.#now = now;
  }

  begin(seed: number, title: string): void {
    this.#ended.clear();
    this.#spoken.clear();
    this.#print(`${title}, seed ${seed}`);
  }

  update(run: orchestration.Run): void {
    const width = Math.max(...run.stages.map(({ name }) => name.length));
    for (const stage of run.stages) {
      if (!hasEnded(stage) || this.#ended.has(stage.name)) continue;
      this.#ended.add(stage.name);
      this.#print(`  ${endedLine(stage, width)}`);
    }
    const running = run.stages.filter(({ state }) => state === orchestration.StageState.RUNNING);
    if (this.#output.isTerminal) this.#rewrite(run, running);
    else for (const stage of running) this.#speak(stage, width);
  }

  note(text: string): void {
    this.#print(text);
  }

  end(): void {
    this.#erase();
  }

  #print(text: string): void {
    const live = this.#live;
    this.#erase();
    this.#output.err(`${text}\n`);
    if (live !== "") this.#show(live);
  }

  #rewrite(run: orchestration.Run, running: readonly orchestration.Stage[]): void {
    const ended = run.stages.filter(hasEnded).length;
    const parts = running.map((stage) => `${stage.name} ${progressText(stage)}`.trimEnd());
    const text = `  [${ended}/${run.stages.length}] ${parts.join("  ·  ")}`;
    const line = text.length < this.#output.columns ? text : `${text.slice(0, this.#output.columns - 2)}…`;
    if (line === this.#live) return;
    this.#erase();
    if (running.length > 0) this.#show(line);
  }

  #speak(stage: orchestration.Stage, width: number): void {
    const share = doneShare(stage);
    if (share === undefined) return;
    const last = this.#spoken.get(stage.name);
    const now = this.#now();
    if (last === undefined) {
      this.#spoken.set(stage.name, { at: now, share });
      return;
    }
    if (now - last.at < QUIET_MS || share - last.share < QUIET_SHARE) return;
    this.#spoken.set(stage.name, { at: now, share });
    this.#print(`  ${stage.name.padEnd(width)}  ${progressText(stage)}`);
  }

  #show(line: string): void {
    this.#live = line;
    this.#output.err(line);
  }

  #erase(): void {
    if (this.#live === "") return;
    this.#output.err(CLEAR_LINE);
    this.#live = "";
  }
}
