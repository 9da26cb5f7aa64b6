import { z } from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits");

/**
 * How an artifact came to be. Holds no time and no path: the same work gives the same manifest.
 */
export const artifactManifestSchema = z.strictObject({
  /** Digest of the artifact that this tells of. */
  sha256,
  /** What it is, e.g. `model`, `training-state`, `candidate`, `preference-pair`. */
  kind: z.string().min(1),
  mediaType: z.string().min(1),
  sizeBytes: z.int().nonnegative(),
  recordCount: z.int().nonnegative(),
  /** Name of the job that made it, or `import` for what a user brought. */
  producer: z.string().min(1),
  /** Role (`model`, `prompts`, ...) to digest of what it was made from. */
  inputs: z.record(z.string().min(1), sha256),
  /** What else settled the content: sampling parameters, seed, engine fingerprint. */
  parameters: z.record(z.string(), z.json()),
});

export type ArtifactManifest = z.infer<typeof artifactManifestSchema>;

export interface LineageNode {
  readonly sha256: string;
  /** Steps from the artifact asked for; 0 is itself. */
  readonly depth: number;
  /** Empty where nothing is known of its making. */
  readonly manifests: readonly ArtifactManifest[];
}
