import { type BackendChoice, backendChoice, installedBackends } from "@srlm/tensor-kernels";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

/** The backend that engines will take, without loading it here. CliError for a value of SRLM_BACKEND that is none. */
export function resolvedBackend(
  environment: Readonly<Record<string, string | undefined>>,
): Exclude<BackendChoice, "auto"> {
  let choice: BackendChoice;
  try {
    choice = backendChoice(environment);
  } catch (cause) {
    throw new CliError(EXIT.usage, (cause as Error).message, { cause });
  }
  if (choice !== "auto") return choice;
  return installedBackends().includes("tensorflow") ? "tensorflow" : "wasm";
}
