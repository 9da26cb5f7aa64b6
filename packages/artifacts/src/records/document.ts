import { z } from "zod";
import { idField } from "./fields.ts";
import type { RecordKind } from "./record-kind.ts";

const schema = z.strictObject({ document_id: idField.optional(), text: z.string() });

/** Plain text to pretrain on. */
export type DocumentRecord = z.infer<typeof schema>;

export const documentKind: RecordKind<DocumentRecord> = { name: "document", schema };
