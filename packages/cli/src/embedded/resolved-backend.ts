import { createRequire } from "node:module";
import { type BackendChoice, backendChoice } from "@srlm/tensor-kernels";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

/** What `auto` prefers, as `createBackend` does; they are optional peers, installed by whoever wants them. */
const TENSORFLOW_PACKAGES = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"];

const require = createRequire(import.meta.url);

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

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
  return TENSORFLOW_PACKAGES.some(isInstalled) ? "tensorflow" : "wasm";
}
