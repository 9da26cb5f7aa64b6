import {
  type ArtifactRef,
  type ArtifactStore,
  documentKind,
  exampleId,
  groupId,
  promptKind,
  type RankedAnswersRecord,
  rankedAnswersKind,
  type SftExampleRecord,
  sftExampleKind,
} from "@srlm/artifacts";
import { type Config, evaluationSeed } from "@srlm/orchestration";
import { generateTinyWorld, type JudgeGroup, type Split, type TinyWorld } from "@srlm/tiny-world";
import { type Origin, storeRecords } from "./imported-records.ts";
import { promptRecord } from "./prompt-record.ts";

const SOURCE = "tiny-world";

function example(record: Omit<SftExampleRecord, "example_id">): SftExampleRecord {
  return { example_id: exampleId(record), ...record };
}

function group({ instruction, answers, scores, ranks }: JudgeGroup): RankedAnswersRecord {
  const ranked = {
    prompt: instruction,
    answers: answers.map((text, i) => ({ text, rank: ranks[i] ?? null, score: scores[i] ?? null })),
  };
  return { group_id: groupId(ranked), ...ranked };
}

/** What must not come up again as a prompt, besides the held-out prompts that are inputs by themselves. */
function excluded(world: TinyWorld): string[] {
  const { newTexts, newRequests } = world.heldOut;
  return [
    ...new Set([
      ...world.ift.map(({ prompt }) => prompt),
      ...world.eft.map(({ instruction }) => instruction),
      ...[newTexts, newRequests].flatMap((split) => split.judgeGroups.map(({ instruction }) => instruction)),
    ]),
  ];
}

/**
 * All inputs that a run in the tiny world may take. Tuning seeds get the tuning evaluation set, reporting seeds the other one.
 * Deterministic: equal configuration and seed give equal digests.
 */
export async function tinyWorldInputs(
  store: ArtifactStore,
  config: Pick<Config, "data" | "seeds">,
  seed: number,
): Promise<Record<string, ArtifactRef>> {
  const { counts } = config.data;
  const heldOutSeed = evaluationSeed(config, seed);
  const world = generateTinyWorld({
    seed,
    evaluationSeed: heldOutSeed,
    ...(counts === undefined
      ? {}
      : {
          counts: {
            documents: counts.documents,
            ift: counts.ift,
            eft: counts.eft,
            heldOut: counts.held_out,
            judgeGroups: counts.judge_groups,
            answersPerGroup: counts.answers_per_group,
          },
        }),
  });
  const origin: Origin = { producer: SOURCE, parameters: { seed, evaluation_seed: heldOutSeed } };
  const prompts = (texts: readonly string[]) =>
    storeRecords(
      store,
      promptKind,
      texts.map((text) => promptRecord(text, SOURCE)),
      origin,
    );
  const splits: readonly [string, Split][] = [
    ["new_texts", world.heldOut.newTexts],
    ["new_requests", world.heldOut.newRequests],
  ];
  const inputs: Record<string, ArtifactRef> = {
    documents: await storeRecords(
      store,
      documentKind,
      world.documents.map((text) => ({ text })),
      origin,
    ),
    ift: await storeRecords(
      store,
      sftExampleKind,
      world.ift.map(({ prompt, completion }) => example({ kind: "ift", prompt, completion, prompt_format: "chat" })),
      origin,
    ),
    eft: await storeRecords(
      store,
      sftExampleKind,
      world.eft.map(({ prompt, completion }) => example({ kind: "eft", prompt, completion, prompt_format: "raw" })),
      origin,
    ),
    prompts: await prompts([...new Set(world.ift.map(({ prompt }) => prompt))]),
    excluded: await prompts(excluded(world)),
    excluded_suffixes: await prompts(world.heldOut.requests),
  };
  for (const [name, split] of splits) {
    inputs[`held_out/${name}`] = await prompts(split.instructions.map(({ instruction }) => instruction));
    inputs[`judge/${name}`] = await storeRecords(store, rankedAnswersKind, split.judgeGroups.map(group), origin);
  }
  return inputs;
}
