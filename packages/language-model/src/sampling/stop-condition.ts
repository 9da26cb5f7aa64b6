/** Whether the ids sampled so far end a completion: the last one is a stop id, or the last ones are a stop sequence. */
export type StopCondition = (ids: readonly number[]) => boolean;

export function stopCondition(stopIds: Iterable<number>, stopSequences: readonly (readonly number[])[]): StopCondition {
  const last = new Set(stopIds);
  return (ids) => last.has(ids.at(-1) as number) || stopSequences.some((sequence) => endsWith(ids, sequence));
}

function endsWith(ids: readonly number[], ending: readonly number[]): boolean {
  const start = ids.length - ending.length;
  return start >= 0 && ending.every((id, i) => ids[start + i] === id);
}
