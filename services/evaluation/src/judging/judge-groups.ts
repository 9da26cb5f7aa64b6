/** A shard of a judge split: ranked answers, scored by the model under evaluation. */
import type { RankedAnswersRecord } from "@srlm/artifacts";
import type { Peers } from "@srlm/service-kit";
import type { JudgeTask } from "../evaluation-tasks.ts";
import type { EvaluatedGroupRecord } from "../records.ts";
import { askJudge, type JudgedAnswer } from "./ask-judge.ts";
import { judgeSettingRecord } from "./judge-setting-record.ts";

/** The answers of a group that people ranked; the others say nothing about a judge. */
function rankedAnswers({ answers }: RankedAnswersRecord): { text: string; rank: number }[] {
  return answers.flatMap(({ text, rank }) => (rank === null ? [] : [{ text, rank }]));
}

/** Records of the groups that have a ranked answer, in their order. */
export async function judgeGroups(
  peers: Peers,
  task: JudgeTask,
  groups: readonly RankedAnswersRecord[],
  signal: AbortSignal,
): Promise<EvaluatedGroupRecord[]> {
  const ranked = groups
    .map((group) => ({ ...group, answers: rankedAnswers(group) }))
    .filter(({ answers }) => answers.length > 0);
  const toJudge = ranked.flatMap(({ prompt, answers }) => answers.map(({ text }) => ({ prompt, response: text })));
  if (toJudge.length === 0) return [];
  const judged = await askJudge(peers, task.judge, toJudge, signal);
  const judge = judgeSettingRecord(task.judge, judged);
  let next = 0;
  return ranked.map(({ group_id, prompt, answers }) => ({
    split: task.split,
    group_id,
    prompt,
    answers: answers.map(({ text, rank }) => {
      const { score, samples } = judged.answers[next++] as JudgedAnswer;
      return { text, rank, score, samples: [...samples] };
    }),
    judge,
  }));
}
