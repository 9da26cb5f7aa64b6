import { seededSample } from "./seeded-sample.ts";

/**
 * Few-shot generation of new prompts: numbered tasks, in the paper six of people and two generated before, in a random
 * order, then the next number for the model to go on (Self-Instruct, arXiv 2212.10560; Self-Rewarding Language Models,
 * arXiv 2401.10020, appendix). Where too few have been generated yet, people's tasks take their places.
 */
export interface FewShotSources {
  /** People's prompts. */
  readonly seeds: readonly string[];
  /** Prompts generated and kept before. */
  readonly generated: readonly string[];
}

/** How many tasks are shown. */
export interface FewShotExamples {
  readonly seeds: number;
  readonly generated: number;
}

export const PAPER_EXAMPLES: FewShotExamples = { seeds: 6, generated: 2 };

export interface FewShotPrompt {
  readonly text: string;
  /** The tasks shown, in order. */
  readonly tasks: readonly string[];
}

const introduction = "Below is a numbered list of varied tasks that people gave to a helpful assistant.";

/** The `index`-th prompt of a seed; the same sources, seed and index give the same text. Needs at least one seed task. */
export function buildFewShotPrompt(
  sources: FewShotSources,
  seed: number,
  index: number,
  examples: FewShotExamples = PAPER_EXAMPLES,
): FewShotPrompt {
  if (sources.seeds.length === 0) throw new RangeError("few-shot generation needs seed prompts; seeds is empty");
  const generated = seededSample(sources.generated, examples.generated, seed, "generated", index);
  const places = examples.seeds + examples.generated - generated.length;
  const chosen = [...seededSample(sources.seeds, places, seed, "seeds", index), ...generated];
  const tasks = seededSample(chosen, chosen.length, seed, "order", index).map(oneLine);
  const lines = tasks.map((task, place) => `Task ${place + 1}: ${task}`);
  return { text: [introduction, "", ...lines, `Task ${tasks.length + 1}:`].join("\n"), tasks };
}

/** A task keeps its words; its line breaks would be taken for the ends of tasks. */
const oneLine = (task: string): string => task.replace(/\s*\n\s*/g, " ").trim();
