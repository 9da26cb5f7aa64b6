import type { Output } from "../output.ts";

/** Keeps what a command writes. */
export class MemoryOutput implements Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  stdout = "";
  stderr = "";

  constructor({ isTerminal = false, columns = 80 }: { isTerminal?: boolean; columns?: number } = {}) {
    this.isTerminal = isTerminal;
    this.columns = columns;
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }
}
