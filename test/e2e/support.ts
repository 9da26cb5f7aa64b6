import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");
export const SMOKE = join(ROOT, "configs/smoke.yaml");

/**
 * The smoke run with next to no training: its models judge nothing readable, so that it ends in seconds. For tests of
 * what surrounds a run.
 */
export const MINUTE_OVERRIDES = [
  "data.counts.documents=200",
  "data.counts.ift=200",
  "data.counts.eft=200",
  "data.counts.held_out=4",
  "data.counts.judge_groups=2",
  "pretrain.steps=4",
  "pretrain.warmup_steps=1",
  "sft.steps=4",
  "sft.warmup_steps=1",
  "prompting.count=4",
  "prompting.filters.min_length=0",
  "prompting.attempts_per_prompt=100",
  "controls.shuffled=false",
].flatMap((override) => ["--set", override]);

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly ended: Promise<CommandResult>;
  /** Resolves when standard output and error together match. Rejects when the command ends before. */
  seen(pattern: RegExp): Promise<void>;
  /** To the command and all processes that it started, as a terminal does it. */
  interrupt(signal: NodeJS.Signals): void;
}

/** Starts the built command in a process group of its own. */
export function startCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCommand {
  const child = spawn(command, args, { cwd: ROOT, detached: true, env: { ...process.env, ...env } });
  let stdout = "";
  let stderr = "";
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    changed();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    changed();
  });
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return {
    ended,
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!pattern.test(stdout + stderr)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        void ended.then(() => reject(new Error(`ended without ${String(pattern)}:\n${stdout}${stderr}`)));
        look();
      }),
    interrupt(signal) {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    },
  };
}

export function startSrlm(...args: string[]): RunningCommand {
  return startCommand(process.execPath, [join(ROOT, "packages/cli/bin/srlm.js"), ...args]);
}

export function srlm(...args: string[]): Promise<CommandResult> {
  return startSrlm(...args).ended;
}

/** Whether the commands were built; tests of processes have nothing to run otherwise. */
export function assertBuilt(): void {
  if (existsSync(join(ROOT, "packages/cli/dist/main.js"))) return;
  throw new Error("the command is not built: npm run build");
}
