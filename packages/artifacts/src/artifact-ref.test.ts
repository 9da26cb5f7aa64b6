import { artifacts } from "@srlm/contracts";
import { expect, it } from "vitest";
import { type ArtifactRef, artifactUri, digestOf } from "./artifact-ref.ts";

const sha256 = "0123456789abcdef".repeat(4);

it("travels through the contract's message without translation", () => {
  const ref: ArtifactRef = { uri: artifactUri(sha256), sha256, mediaType: "t", sizeBytes: 2 ** 40, recordCount: 3 };
  const message: artifacts.ArtifactRef = ref;
  const back: ArtifactRef = artifacts.ArtifactRef.decode(artifacts.ArtifactRef.encode(message).finish());
  expect(back).toEqual(ref);
  expect(digestOf(back)).toBe(sha256);
});

it("refuses what is not a digest, or a uri that says otherwise, with field and value", () => {
  const ref: ArtifactRef = { uri: artifactUri(sha256), sha256, mediaType: "t", sizeBytes: 1, recordCount: 0 };
  expect(() => artifactUri("abc")).toThrow('artifact.sha256 must be 64 lower-case hexadecimal digits, got "abc"');
  expect(() => digestOf({ ...ref, sha256: "../x" })).toThrow(
    expect.objectContaining({ reason: "ARTIFACT_REF_INVALID", code: "INVALID_ARGUMENT", field: "artifact.sha256" }),
  );
  expect(() => digestOf({ ...ref, uri: "" })).toThrow(expect.objectContaining({ field: "artifact.uri" }));
});
