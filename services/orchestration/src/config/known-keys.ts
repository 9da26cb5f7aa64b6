import { z } from "zod";

type Path = readonly PropertyKey[];

/** The schema itself, without what makes it optional or gives it a default. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodNullable
  ) {
    inner = inner.def.innerType;
  }
  return inner;
}

/** Keys that the object at `path` may have; empty where there is no object, or one with free keys. */
export function knownKeys(schema: z.core.$ZodType, path: Path): string[] {
  const here = unwrap(schema);
  const [head, ...rest] = path;
  if (here instanceof z.ZodUnion) return [...new Set(here.options.flatMap((option) => knownKeys(option, path)))];
  if (here instanceof z.ZodObject) {
    if (head === undefined) return Object.keys(here.shape);
    const field: z.core.$ZodType | undefined = here.shape[String(head)];
    return field === undefined ? [] : knownKeys(field, rest);
  }
  if (here instanceof z.ZodArray && head !== undefined) return knownKeys(here.element, rest);
  return [];
}
