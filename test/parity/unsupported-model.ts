import { LanguageModelError, readModelConfig } from "@srlm/language-model";
import { modelDirectory } from "./fixtures.ts";

/** Why the product refuses a fixture's model, in its own words; undefined where it reads it. */
export function unsupportedModel(name: string): string | undefined {
  try {
    readModelConfig(modelDirectory(name));
    return undefined;
  } catch (error) {
    if (error instanceof LanguageModelError && error.reason === "MODEL_UNSUPPORTED") {
      return `model_type ${error.value ?? ""}`;
    }
    throw error;
  }
}
