import { ArtifactError } from "@srlm/artifacts";
import { JudgementLineError, RubricError } from "@srlm/judging";
import { LanguageModelError } from "@srlm/language-model";
import { BusError } from "@srlm/messaging";
import { ConfigError } from "@srlm/orchestration";
import { ServiceError, Status } from "@srlm/service-kit";
import { CliError } from "./cli-error.ts";

/** What the command ends with; documented in `srlm --help`, so that scripts may rely on it. */
export const EXIT = {
  ok: 0,
  /** The run or the check failed. */
  failed: 1,
  /** The command line, the configuration or an input is not valid; nothing was started. */
  usage: 2,
  /** Stopped by Ctrl-C (128 + SIGINT); the run can be resumed. */
  interrupted: 130,
  /** Stopped by SIGTERM (128 + SIGTERM); the run can be resumed. */
  terminated: 143,
} as const;

const USAGE_CODES: ReadonlySet<Status> = new Set([
  Status.INVALID_ARGUMENT,
  Status.ALREADY_EXISTS,
  Status.FAILED_PRECONDITION,
  Status.NOT_FOUND,
]);

/** Whether the error is one that the caller can mend by another command line or another input. */
export function isUsageError(error: unknown): boolean {
  if (error instanceof CliError) return error.exitCode === EXIT.usage;
  if (error instanceof ConfigError || error instanceof JudgementLineError || error instanceof RubricError) return true;
  if (error instanceof ArtifactError || error instanceof LanguageModelError || error instanceof BusError) {
    return USAGE_CODES.has(Status[error.code as keyof typeof Status]);
  }
  return error instanceof ServiceError && USAGE_CODES.has(error.code);
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  return isUsageError(error) ? EXIT.usage : EXIT.failed;
}
