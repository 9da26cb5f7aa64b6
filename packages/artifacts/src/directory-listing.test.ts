import { describe, expect, it } from "vitest";
import { assertLayout, readListing, writeListing } from "./directory-listing.ts";

const sha256 = "a".repeat(64);
const file = (path: string) => ({ path, sha256, size_bytes: 1 });

describe("assertLayout", () => {
  it.each([
    [["/etc/passwd"], "is absolute"],
    [["../x"], "must not hold"],
    [["a/../../x"], "must not hold"],
    [["a/./x"], "must not hold"],
    [["a//x"], "must not hold"],
    [["a/"], "must not hold"],
    [[""], "must not hold"],
    [["a\nb"], "control character"],
    [["a\u0000"], "control character"],
    [["a\u007f"], "control character"],
    [["a\\b"], "backslash"],
    [["x".repeat(256)], "255 bytes"],
    [[`${"x/".repeat(600)}x`], "1024 bytes"],
    [["README", "readme"], "where case does not count"],
    [["\u00e9", "e\u0301"], "where case does not count"],
    [["Dir/a", "dir/b"], "where case does not count"],
    [["a", "a/b"], "other files lie below"],
    [["a/b", "A"], "other files lie below"],
    [["same", "same"], "where case does not count"],
  ])("refuses %j", (paths, message) => {
    expect(() => assertLayout(paths)).toThrow(expect.objectContaining({ reason: "ARTIFACT_UNSAFE_PATH" }));
    expect(() => assertLayout(paths)).toThrow(message);
  });

  it("takes what a model directory holds", () => {
    expect(() => assertLayout(["config.json", "a/b.txt", "a/c.txt", ".gitattributes", "..b", "ä ö"])).not.toThrow();
  });
});

describe("listing", () => {
  it("does not depend on the order of files and reads back", () => {
    const listing = writeListing([file("b"), file("a/c"), file("B2")]);
    expect(writeListing([file("B2"), file("b"), file("a/c")])).toBe(listing);
    expect(readListing(listing, "x").map((each) => each.path)).toEqual(["B2", "a/c", "b"]);
  });

  it.each([
    ["not json", "its content is not JSON"],
    ["{}", "is no directory listing"],
    ['{"format":"srlm.directory.v2","files":[]}', "is no directory listing"],
    [`{"format":"srlm.directory.v1","files":[{"path":"a","sha256":"${sha256}","size_bytes":1,"mode":1}]}`, "mode"],
    [`{"format":"srlm.directory.v1","files":[{"path":"../a","sha256":"${sha256}","size_bytes":1}]}`, "must not hold"],
    ['{"format":"srlm.directory.v1","files":[{"path":"a","sha256":"../../etc","size_bytes":1}]}', "sha256"],
  ])("refuses to read %s", (text, message) => {
    expect(() => readListing(text, "artifact")).toThrow(message);
  });
});
