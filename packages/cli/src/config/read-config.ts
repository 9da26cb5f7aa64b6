import { readFileSync } from "node:fs";
import { type Config, parseConfig } from "@srlm/orchestration";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

/** Reads a configuration file and sets the `key=value` overrides. Errors: ConfigError; CliError for the file itself. */
export function readConfig(path: string, overrides: readonly string[]): Config {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new CliError(EXIT.usage, unreadable(path, cause as NodeJS.ErrnoException), { cause });
  }
  return parseConfig(text, { overrides, source: path });
}

function unreadable(path: string, cause: NodeJS.ErrnoException): string {
  if (cause.code === "ENOENT") return `there is no configuration ${path}; configs/ holds some to begin with`;
  if (cause.code === "EISDIR") return `${path} is a folder; give a configuration file, such as configs/quickstart.yaml`;
  return `cannot read the configuration ${path}: ${cause.message}`;
}
