/** Where a command writes, so that tests can read it. */
export interface Output {
  /** Results; with `--json` one object a line. */
  out(text: string): void;
  /** What goes on, and what went wrong. */
  err(text: string): void;
  /** Whether `err` shows on a terminal that can rewrite its last line. */
  readonly isTerminal: boolean;
  readonly columns: number;
}

const DEFAULT_COLUMNS = 80;

export const processOutput: Output = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY && process.env["TERM"] !== "dumb",
  columns: process.stderr.columns ?? DEFAULT_COLUMNS,
};
