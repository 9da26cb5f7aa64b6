import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type NamedTensor, SafetensorsReader, safetensorsChunks, writeSafetensors } from "./safetensors.ts";

const folder = mkdtempSync(join(tmpdir(), "safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tensors: NamedTensor[] = [
  { name: "a", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  { name: "b.weight", shape: [1], data: Float32Array.of(-0.5) },
  { name: "empty", shape: [0, 4], data: new Float32Array(0) },
];

/** A file whose header is `header`, with `dataBytes` bytes of data. */
function craft(header: unknown, dataBytes: number, declaredLength?: number): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = Buffer.alloc(8 + json.length + dataBytes);
  bytes.writeBigUInt64LE(BigInt(declaredLength ?? json.length), 0);
  json.copy(bytes, 8);
  return bytes;
}

function f32(begin: number, end: number, shape: unknown = [(end - begin) / 4]) {
  return { dtype: "F32", shape, data_offsets: [begin, end] };
}

describe("safetensors", () => {
  it("returns what was written, from a file and from bytes", () => {
    const path = join(folder, "model.safetensors");
    writeSafetensors(path, tensors, { format: "pt" });
    const bytes = Buffer.concat([...safetensorsChunks(tensors, { format: "pt" })]);
    for (const reader of [SafetensorsReader.open(path), SafetensorsReader.fromBytes(bytes, "bytes")]) {
      expect([...reader.entries.keys()]).toEqual(["a", "b.weight", "empty"]);
      expect(reader.metadata.get("format")).toBe("pt");
      for (const { name, shape, data } of tensors) {
        expect(reader.entries.get(name)?.shape).toEqual(shape);
        expect(reader.read(name)).toEqual(data);
      }
      reader.close();
    }
  });

  it("starts the data at a multiple of 8", () => {
    const [head] = safetensorsChunks(tensors);
    expect((head as Uint8Array).byteLength % 8).toBe(0);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["a file without header length", new Uint8Array(5), /5 bytes, fewer than the 8/],
    ["a header longer than the limit", craft({}, 0, 2 ** 40), /header of 1099511627776 bytes; the limit is/],
    ["a header longer than the file", craft({}, 0, 500), /header of 500 bytes, but has only 10/],
    ["a header that is not JSON", craft("{a", 0), /not JSON/],
    ["a header that is a list", craft([], 0), /not a JSON object/],
    [
      "an integer tensor",
      craft({ a: { dtype: "I64", shape: [1], data_offsets: [0, 8] } }, 8),
      /"a" has dtype "I64"; supported/,
    ],
    ["a negative size", craft({ a: f32(0, 4, [-1]) }, 4), /"a" has shape \[-1\]/],
    ["offsets that go back", craft({ a: f32(4, 0, []) }, 4), /"a" has data_offsets \[4,0\]/],
    ["a shape of other size", craft({ a: f32(0, 8, [3]) }, 8), /"a" spans 8 bytes, but F32 of shape \[3\] needs 12/],
    ["overlapping tensors", craft({ a: f32(0, 8), b: f32(4, 12) }, 12), /"b" begins at data byte 4: overlaps/],
    ["a hole", craft({ a: f32(0, 4), b: f32(8, 12) }, 12), /"b" begins at data byte 8: leaves a hole/],
    ["data cut off", craft({ a: f32(0, 8) }, 4), /declares 8 bytes of tensors, but holds 4/],
    ["data left over", craft({ a: f32(0, 8) }, 9), /declares 8 bytes of tensors, but holds 9/],
    ["metadata that are not strings", craft({ __metadata__: { n: 1 } }, 0), /__metadata__/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => SafetensorsReader.fromBytes(bytes, "broken")).toThrow(message);
  });

  it("names a file that is not there", () => {
    expect(() => SafetensorsReader.open(join(folder, "none"))).toThrow(/none: cannot be read/);
  });
});
