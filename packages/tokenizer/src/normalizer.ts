import { unsupportedComponent } from "./tokenizer-error.ts";
import type { JsonComponent } from "./tokenizer-json.ts";

/** Rewrites text before it is split. Characters younger than the Unicode version of the JavaScript engine stay as they are. */
export type Normalizer = (text: string) => string;

const FORMS = ["NFC", "NFD", "NFKC", "NFKD"] as const;

/** Reads the `normalizer` section: Unicode normal forms and sequences of them; others are refused by name. */
export function readNormalizer(component: JsonComponent | null | undefined, path = "normalizer"): Normalizer {
  if (component === null || component === undefined) return (text) => text;
  const form = FORMS.find((name) => name === component.type);
  if (form !== undefined) return (text) => text.normalize(form);
  if (component.type === "Sequence" && Array.isArray(component["normalizers"])) {
    const steps = (component["normalizers"] as JsonComponent[]).map((step, index) =>
      readNormalizer(step, `${path}.normalizers[${index}]`),
    );
    return (text) => steps.reduce((rewritten, step) => step(rewritten), text);
  }
  throw unsupportedComponent(`${path}.type`, JSON.stringify(component.type), `${FORMS.join(", ")}, Sequence`);
}
