import { stringify } from "yaml";
import type { Config } from "./schema.ts";

/** The configuration with every default written out, as YAML that reads back to the same configuration. */
export function writeConfig(config: Config): string {
  return stringify(config, { lineWidth: 120 });
}
