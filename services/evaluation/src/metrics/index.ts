/** Metrics: each in the file that is named after it, with its definition and its convention for ties and failures. */
export * from "./answer-statistics.ts";
export * from "./bootstrap.ts";
export * from "./exact-match.ts";
export * from "./five-best.ts";
export * from "./head-to-head.ts";
export * from "./judge-group.ts";
export * from "./kendall-tau.ts";
export * from "./paired-difference.ts";
export * from "./pairwise-accuracy.ts";
export * from "./reward-modelling.ts";
export * from "./score-histogram.ts";
export * from "./spearman.ts";
export * from "./verified-score.ts";
export * from "./wilson-interval.ts";
