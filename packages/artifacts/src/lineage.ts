import type { ArtifactManifest, LineageNode } from "./artifact-manifest.ts";

/**
 * The artifact and everything it was made from, breadth first, each once; inputs in the order of their roles.
 * Where several manifests tell of one artifact, the inputs of all are followed.
 */
export async function walkLineage(
  sha256: string,
  manifestsOf: (sha256: string) => Promise<readonly ArtifactManifest[]>,
): Promise<LineageNode[]> {
  const nodes: LineageNode[] = [];
  const seen = new Set([sha256]);
  let level = [sha256];
  for (let depth = 0; level.length > 0; depth++) {
    const next: string[] = [];
    for (const digest of level) {
      const manifests = await manifestsOf(digest);
      nodes.push({ sha256: digest, depth, manifests });
      for (const { inputs } of manifests) {
        for (const role of Object.keys(inputs).sort()) {
          const input = inputs[role];
          if (input === undefined || seen.has(input)) continue;
          seen.add(input);
          next.push(input);
        }
      }
    }
    level = next;
  }
  return nodes;
}
