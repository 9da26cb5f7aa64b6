import { ServiceError } from "@srlm/service-kit";
import { CommanderError } from "commander";
import { CliError } from "./cli-error.ts";
import { EXIT, exitCodeOf, isUsageError } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { createProgram } from "./program.ts";

/** What is told of an error: its message where that was written for people, its stack where it is a defect. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CliError || isUsageError(error)) return error.message;
  if (error instanceof ServiceError) return `${error.reason}: ${error.message}`;
  return error.stack ?? error.message;
}

/** Runs the command line; never throws. Returns the exit code. */
export async function runCli(args: readonly string[], output: Output): Promise<number> {
  let exitCode: number = EXIT.ok;
  try {
    await createProgram(output, (code) => {
      exitCode = code;
    }).parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has written its own message; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    output.err(`srlm: ${describe(error)}\n`);
    return exitCodeOf(error);
  }
}
