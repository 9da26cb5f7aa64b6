import { expect, it } from "vitest";
import type { ArtifactManifest } from "./artifact-manifest.ts";
import { walkLineage } from "./lineage.ts";

const manifest = (sha256: string, inputs: Record<string, string>): ArtifactManifest => ({
  sha256,
  kind: "test",
  mediaType: "t",
  sizeBytes: 0,
  recordCount: 0,
  producer: "jobs/1",
  inputs,
  parameters: {},
});

it("walks breadth first, each artifact once, through all manifests, also in a circle", async () => {
  const known: Record<string, ArtifactManifest[]> = {
    pair: [manifest("pair", { prompts: "prompt", candidates: "cand" })],
    cand: [manifest("cand", { prompts: "prompt", model: "m1" }), manifest("cand", { model: "m1b" })],
    m1: [manifest("m1", { base: "m0", looped: "pair" })],
  };
  const nodes = await walkLineage("pair", async (sha256) => known[sha256] ?? []);
  expect(nodes.map(({ sha256, depth, manifests }) => [sha256, depth, manifests.length])).toEqual([
    ["pair", 0, 1],
    ["cand", 1, 2],
    ["prompt", 1, 0],
    ["m1", 2, 1],
    ["m1b", 2, 0],
    ["m0", 3, 0],
  ]);
});
