import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { doctor } from "./commands/doctor.ts";
import { judgeParse, SCORE_FORMATS, type ScoreFormat } from "./commands/judge-parse.ts";
import { report } from "./commands/report.ts";
import { resume } from "./commands/resume.ts";
import { type RunOptions, run } from "./commands/run.ts";
import type { Output } from "./output.ts";

const JSON_HELP = "one JSON object a line on standard output";

const EXIT_HELP = `
Exit status:
  0    done
  1    the run failed, or a seed of it
  2    command line, configuration or input are not valid; nothing was started
  130  stopped by Ctrl-C (143: by SIGTERM); \`srlm resume DIR\` goes on
`;

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}

function positiveCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError("must be a whole number of at least 1.");
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

/** The command line. `done` gets the exit code of the command that ran. */
export function createProgram(output: Output, done: (exitCode: number) => void): Command {
  const program = new Command("srlm")
    .description("Trains a language model by its own judgements: it answers, judges its answers, learns, and repeats.")
    .version(version())
    .addHelpText("after", EXIT_HELP)
    .configureOutput({ writeOut: (text) => output.out(text), writeErr: (text) => output.err(text) })
    .showHelpAfterError("(see --help)")
    .exitOverride();

  program
    .command("run")
    .description("run a configuration: from M0, by SFT and rounds of self-rewarding, to a report")
    .argument("<config>", "YAML file; configs/ holds some")
    .option("--set <key=value>", "sets a key of the configuration, such as dpo.beta=0.2; may be repeated", collect, [])
    .option("--out <dir>", "folder of the run (default: runs/<name of the configuration>)")
    .option("--seeds <n>", "runs the first n reporting seeds and pools their results", positiveCount)
    .option("--dry-run", "shows stages, memory and time; starts nothing", false)
    .option("--json", JSON_HELP, false)
    .action(async (config: string, options: RunOptions) => done(await run(config, options, output)));

  program
    .command("resume")
    .description("go on with a run that was stopped or failed")
    .argument("<dir>", "folder of the run")
    .option("--json", JSON_HELP, false)
    .action(async (directory: string, options: { json: boolean }) => done(await resume(directory, options, output)));

  program
    .command("report")
    .description("print the tables of a run, and write report.html from report.json anew")
    .argument("<dir>", "folder of the run, or of one of its seeds")
    .option("--json", "print report.json", false)
    .action((directory: string, options: { json: boolean }) => done(report(directory, options, output)));

  program
    .command("doctor")
    .description("show what this machine offers, and test its backends")
    .option("--json", JSON_HELP, false)
    .action(async (options: { json: boolean }) => done(await doctor(options, output)));

  program
    .command("judge")
    .description("tools of the judge")
    .command("parse")
    .description('read the score of each judgement of a file: {"score": ..., "failure": ...} a line')
    .argument("<file>", 'JSONL with a "text" in each line')
    .addOption(
      new Option("--format <format>", "additive: the five-point rubric's last line; compact: the tiny world's")
        .choices(SCORE_FORMATS)
        .default("additive"),
    )
    .action(async (file: string, options: { format: ScoreFormat }) =>
      done(await judgeParse(file, options.format, output)),
    );
  return program;
}
