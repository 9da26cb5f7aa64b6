import { invalidArgument } from "@srlm/service-kit";
import { tinyWorldVerifier } from "./tiny-world.ts";
import type { VerifiablePrompt, Verifier } from "./verifier.ts";

const VERIFIERS: readonly Verifier[] = [tinyWorldVerifier];

/** The verifier of a name; INVALID_ARGUMENT (VERIFIER_UNKNOWN) naming those there are. */
export function findVerifier(name: string, field: string): Verifier {
  const found = VERIFIERS.find((verifier) => verifier.name === name);
  if (found !== undefined) return found;
  const known = VERIFIERS.map((verifier) => verifier.name).join(", ");
  throw invalidArgument(field, `must be one of ${known}, got ${JSON.stringify(name)}`, "VERIFIER_UNKNOWN");
}

/** The prompt as the verifier understands it; INVALID_ARGUMENT (PROMPT_NOT_VERIFIABLE) quoting it otherwise. */
export function readVerifiable(verifier: Verifier, prompt: string, field: string): VerifiablePrompt {
  const read = verifier.read(prompt);
  if (read !== null) return read;
  throw invalidArgument(
    field,
    `must be a prompt that the verifier ${verifier.name} understands, got ${JSON.stringify(prompt)}: leave it out, or compare by a judge`,
    "PROMPT_NOT_VERIFIABLE",
  );
}
