import { ServiceError } from "@srlm/service-kit";

/** Positions of a list that an error refuses: `prompts[3].ids` names position 3 of `prompts`. */
function refusedPositions(error: ServiceError, list: string): ReadonlySet<number> {
  const path = new RegExp(`^${list}\\[(\\d+)\\]`);
  return new Set(error.fields.flatMap(({ field }) => path.exec(field)?.[1] ?? []).map(Number));
}

/**
 * Makes a call for all items; those that the server refuses as PROMPT_TOO_LONG, naming their places in `list` of the
 * request, are left out, and the call is made for the others. Refusal comes before any work, so repeating costs little.
 *
 * Results in the order of `items`, null for those left out. Other errors, and a PROMPT_TOO_LONG that names no place,
 * are thrown on.
 */
export async function leaveOutTooLong<Item, Result>(
  items: readonly Item[],
  list: string,
  call: (items: readonly Item[]) => Promise<readonly Result[]>,
): Promise<(Result | null)[]> {
  let places = items.map((_, place) => place);
  while (places.length > 0) {
    const kept = places;
    try {
      const results = await call(kept.map((place) => items[place] as Item));
      const byPlace = new Map(kept.map((place, i) => [place, results[i] as Result]));
      return items.map((_, place) => byPlace.get(place) ?? null);
    } catch (thrown) {
      const error = ServiceError.from(thrown);
      if (error.reason !== "PROMPT_TOO_LONG") throw thrown;
      const refused = refusedPositions(error, list);
      places = kept.filter((_, i) => !refused.has(i));
      if (places.length === kept.length) throw thrown;
    }
  }
  return items.map(() => null);
}
