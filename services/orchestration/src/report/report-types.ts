/** `report.json`: results alone. Equal runs give equal bytes; no path, time, run or job name has a place in it. */

export type Metrics = Readonly<Record<string, number>>;

/** 95 % bootstrap interval. */
export interface ReportInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Answers of one model to one split. */
export interface SplitResult {
  readonly answers: number;
  /** 0..5; absent where nothing scored the answers. */
  readonly score?: ReportInterval;
  /** Prompts that share a request drawn together; absent where prompts form no groups. */
  readonly score_clustered?: ReportInterval;
  /** Absent where nothing scored the answers. */
  readonly perfect_share?: number;
  readonly criteria: Metrics;
  readonly stopped_share: number;
  readonly mean_words: number;
  readonly mean_tokens: number;
  readonly distinct_share: number;
  /** Answers with a rounded score of 0, 1, ... 5. */
  readonly histogram: readonly number[];
}

export interface ModelResult {
  readonly model: string;
  readonly splits: Readonly<Record<string, SplitResult>>;
  /** By split: `pairwise_accuracy`, `best_5`, `exact_match`, `spearman`, `kendall_tau`, `parsed_share`, `groups`. */
  readonly judge: Readonly<Record<string, Metrics>>;
}

/** Score of `a` minus score of `b`, prompt by prompt. */
export interface Difference {
  readonly a: string;
  readonly b: string;
  readonly split: string;
  readonly difference?: ReportInterval;
  readonly difference_clustered?: ReportInterval;
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
}

export interface CheckedClaim {
  /** `M2 above M1`, `M3 shuffled within 0.15 of M1`. */
  readonly claim: string;
  /** On every split; null where a model of the claim was not made or not scored. */
  readonly holds: boolean | null;
  readonly splits: readonly {
    readonly split: string;
    readonly holds: boolean;
    readonly difference: ReportInterval;
    /** With prompts of one request drawn together; absent where prompts form no groups. */
    readonly holds_clustered?: boolean;
    readonly difference_clustered?: ReportInterval;
  }[];
}

/** One round of the loop, or of a control. */
export interface RoundResult {
  readonly model: string;
  readonly control: boolean;
  /** `sampled`, `kept`, and `dropped` by reason; absent for controls, which share the loop's prompts. */
  readonly prompts?: GroupedMetrics;
  readonly candidates?: GroupedMetrics;
  /** `score` by rounded mean, `failed` by reason. */
  readonly judging?: GroupedMetrics;
  readonly pairing: GroupedMetrics;
  /** Absent where the round stopped before. */
  readonly training?: GroupedMetrics;
  readonly stopped?: { readonly code: string; readonly message: string };
}

/** Figures by name; those with a common prefix stand together under it. */
export type GroupedMetrics = Readonly<Record<string, number | Metrics>>;

export interface Comparison<Figures> {
  readonly paper: Figures;
  /** By split. */
  readonly ours: Readonly<Record<string, Figures>>;
}

export interface Report {
  readonly name: string;
  readonly seed: { readonly value: number; readonly role: "reporting" | "tuning"; readonly evaluation: number };
  readonly verdict: { readonly code: string; readonly message: string; readonly last_model: string };
  readonly claims: readonly CheckedClaim[];
  readonly models: readonly ModelResult[];
  readonly differences: readonly Difference[];
  readonly rounds: readonly RoundResult[];
  /** Of M0, the baseline and M1. */
  readonly training: Readonly<Record<string, GroupedMetrics>>;
  /** What tokenization made of each dataset. */
  readonly data: Readonly<Record<string, GroupedMetrics>>;
  readonly judge: {
    /** Name of a built-in one; `given` for a file, whose digest is among the inputs. */
    readonly rubric: string;
    /** What the judge was taught, and by whom. */
    readonly taught: string;
    readonly examples: number;
  };
  /** Who scored the answers. */
  readonly scored_by: string;
  readonly paper: {
    readonly head_to_head: readonly ({ readonly a: string; readonly b: string } & Comparison<WinTieLoss>)[];
    readonly reward_modelling: readonly ({ readonly model: string } & Comparison<Metrics>)[];
    readonly pairs: readonly { readonly model: string; readonly paper: number; readonly ours: number }[];
  };
  readonly engine_fingerprints: readonly string[];
  /** SHA-256 of what the run was given, by name: `model`, `ift`, `held_out/<split>`, `rubric` (a file), ... */
  readonly inputs: Readonly<Record<string, string>>;
  readonly configuration: unknown;
}

/** In per cent. */
export interface WinTieLoss {
  readonly win: number;
  readonly tie: number;
  readonly loss: number;
}

/** One seed among several: its report, or how it failed. */
export type SeedOutcome =
  | { readonly seed: number; readonly report: Report }
  | { readonly seed: number; readonly failure: { readonly reason: string; readonly message: string } };

/** `report.json` of several seeds. */
export interface PooledReport {
  readonly name: string;
  readonly seeds: readonly {
    readonly seed: number;
    readonly verdict?: Report["verdict"];
    readonly claims?: readonly { readonly claim: string; readonly holds: boolean | null }[];
    readonly inputs?: Report["inputs"];
    /** Without the message, which may name a run, a job or a path. */
    readonly failure?: { readonly reason: string };
  }[];
  /** Over seeds and prompts; of the seeds that have a report. */
  readonly models: readonly ModelResult[];
  readonly differences: readonly Difference[];
  readonly claims: readonly CheckedClaim[];
  readonly scored_by: string;
  readonly judge: Report["judge"];
  readonly engine_fingerprints: readonly string[];
  readonly configuration: unknown;
}
