import type { z } from "zod";
import { contentId } from "../digest.ts";

/**
 * A kind of dataset record.
 *
 * `schema` is strict: a member that it does not name is refused, so that a misspelt optional one is not lost.
 */
export interface RecordKind<T> {
  /** As in manifests: `prompt`, `candidate`, ... */
  readonly name: string;
  readonly schema: z.ZodType<T>;
  /** What a line of a user's file may look like, and the record it becomes; absent: as `schema`. */
  readonly userSchema?: z.ZodType<T>;
}

/** The members that an id is derived from, by name; others may differ without making another record. */
export function idFrom<T, K extends keyof T & string>(...members: readonly K[]): (record: Pick<T, K>) => string {
  return (record) => contentId(Object.fromEntries(members.map((member) => [member, record[member]])));
}
