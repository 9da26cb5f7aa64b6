/** Process entry of `srlm`. */
import { processOutput } from "./output.ts";
import { runCli } from "./run-cli.ts";

// A reader that goes away (`srlm report DIR | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), processOutput);
