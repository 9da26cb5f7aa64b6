/** One thing that is wrong with a configuration. */
export interface ConfigIssue {
  /** Path of the field, such as `dpo.beta`; empty for the file as a whole. */
  readonly field: string;
  /** What is wrong and what to write instead, without place and field. */
  readonly problem: string;
  /** The value found, as JSON; absent where none was given. */
  readonly value?: string;
  /** From 1; absent for a field that is missing altogether or comes from an override. */
  readonly line?: number;
  /** The `--set` that brought the value. */
  readonly override?: string;
  /** The known key that an unknown one is nearest to. */
  readonly nearest?: string;
}

/** `line 12: dpo.beta: must be greater than 0, got -1`. */
export function formatIssue(issue: ConfigIssue): string {
  const place = issue.override === undefined ? lineOf(issue) : `--set ${issue.override}: `;
  const field = issue.field === "" ? "" : `${issue.field}: `;
  const value = issue.value === undefined ? "" : `, got ${issue.value}`;
  const nearest = issue.nearest === undefined ? "" : `; did you mean ${JSON.stringify(issue.nearest)}?`;
  return `${place}${field}${issue.problem}${value}${nearest}`;
}

function lineOf(issue: ConfigIssue): string {
  return issue.line === undefined ? "" : `line ${issue.line}: `;
}

/** All that is wrong with a configuration, in the order of its lines. Reason CONFIG_INVALID. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly reason = "CONFIG_INVALID";
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[], source = "configuration") {
    const ordered = [...issues].sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity));
    super([`${source} is not valid`, ...ordered.map((issue) => `  ${formatIssue(issue)}`)].join("\n"));
    this.issues = ordered;
  }
}
