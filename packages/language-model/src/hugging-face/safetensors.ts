/**
 * safetensors files (https://github.com/huggingface/safetensors#format):
 *
 *   u64 little-endian N | N bytes of JSON header | data
 *
 * The header maps a tensor's name to `{dtype, shape, data_offsets: [begin, end]}`, offsets counted from the start of
 * the data; `__metadata__` maps strings to strings. As the reference implementation does, a file is refused unless its
 * tensors cover the data exactly, without hole or overlap: so no byte of a file is out of sight, and no header can
 * point one tensor into another.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { LanguageModelError } from "../errors.ts";
import { bytesPerElement, type FloatFormat, widenToFloat32 } from "./float-formats.ts";

/** The reference implementation's limit; the headers of the largest published models stay below 1 MB a shard. */
const maxHeaderBytes = 100_000_000;
/** A JSON header entry needs more than 40 bytes, so this bound only says it in tensors; real shards hold under 10,000. */
const maxTensors = 1_000_000;
/** No model tensor has more than 4 dimensions; the bound keeps products of absurd shapes out. */
const maxDimensions = 8;

export interface TensorEntry {
  readonly name: string;
  readonly format: FloatFormat;
  readonly shape: readonly number[];
  /** Byte range in the file. */
  readonly begin: number;
  readonly end: number;
}

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major values, length = product of `shape`. */
  readonly data: Float32Array;
}

/** Where bytes come from: a file, or a buffer that was received. */
interface ByteSource {
  readonly label: string;
  readonly size: number;
  /** Exactly `length` bytes from `position`, which lie inside `size`. */
  read(position: number, length: number): Uint8Array;
  close(): void;
}

/** An opened safetensors file: its entries are validated, tensors are read one by one. */
export class SafetensorsReader {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  private readonly source: ByteSource;

  private constructor(source: ByteSource) {
    this.source = source;
    const { entries, metadata } = parseHeader(source);
    this.entries = entries;
    this.metadata = metadata;
  }

  /** Opens `path`. Throws MODEL_FILE_INVALID with the reason where the file cannot be one. Close it after use. */
  static open(path: string): SafetensorsReader {
    const source = fileSource(path);
    try {
      return new SafetensorsReader(source);
    } catch (error) {
      source.close();
      throw error;
    }
  }

  /** The same over bytes in memory; `label` names them in errors. */
  static fromBytes(bytes: Uint8Array, label: string): SafetensorsReader {
    const read = (position: number, length: number) => bytes.subarray(position, position + length);
    return new SafetensorsReader({ label, size: bytes.byteLength, read, close() {} });
  }

  /** The values of tensor `name` as f32 (a copy). */
  read(name: string): Float32Array {
    const entry = this.entries.get(name);
    if (entry === undefined) throw invalid(this.source.label, `has no tensor "${name}"`);
    return widenToFloat32(this.source.read(entry.begin, entry.end - entry.begin), entry.format);
  }

  close(): void {
    this.source.close();
  }
}

/** The bytes of a file that holds `tensors` as F32 in the order given, in pieces. Names must differ. */
export function* safetensorsChunks(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Generator<Uint8Array> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header), "utf8");
  const padding = (8 - (json.length % 8)) % 8; // spaces, so that the data begins at a multiple of 8
  const head = Buffer.alloc(8 + json.length + padding, 0x20);
  head.writeBigUInt64LE(BigInt(json.length + padding), 0);
  json.copy(head, 8);
  yield head;
  for (const { data } of tensors) yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Writes `tensors` to `path` (overwriting) as F32. */
export function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  metadata?: Readonly<Record<string, string>>,
): void {
  const file = openSync(path, "w");
  try {
    for (const chunk of safetensorsChunks(tensors, metadata)) {
      for (let done = 0; done < chunk.byteLength; ) done += writeSync(file, chunk, done);
    }
  } finally {
    closeSync(file);
  }
}

function fileSource(path: string): ByteSource {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (cause) {
    throw new LanguageModelError("MODEL_NOT_FOUND", `${path}: cannot be read; the model directory must hold it`, {
      field: path,
      cause,
    });
  }
  const size = fstatSync(file).size;
  const read = (position: number, length: number) => {
    const bytes = new Uint8Array(length);
    // One read call returns at most 2 GiB, and may return less.
    for (let done = 0; done < length; ) {
      const count = readSync(file, bytes, done, Math.min(length - done, 2 ** 30), position + done);
      if (count === 0) throw invalid(path, `ended at byte ${position + done}; it was changed while it was read`);
      done += count;
    }
    return bytes;
  };
  return { label: path, size, read, close: () => closeSync(file) };
}

function parseHeader(source: ByteSource): { entries: Map<string, TensorEntry>; metadata: Map<string, string> } {
  const { label, size } = source;
  if (size < 8) throw invalid(label, `has ${size} bytes, fewer than the 8 of a header length`);
  const head = source.read(0, 8);
  const length = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
  if (length > maxHeaderBytes)
    throw invalid(label, `declares a header of ${length} bytes; the limit is ${maxHeaderBytes}`);
  if (8 + length > size)
    throw invalid(label, `declares a header of ${length} bytes, but has only ${size} bytes in all`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(source.read(8, length)));
  } catch (cause) {
    throw invalid(label, `has a header that is not JSON: ${(cause as Error).message}`, cause);
  }
  if (!isRecord(header)) throw invalid(label, "has a header that is not a JSON object");
  const names = Object.keys(header).filter((name) => name !== "__metadata__");
  if (names.length > maxTensors) throw invalid(label, `declares ${names.length} tensors; the limit is ${maxTensors}`);
  const dataStart = 8 + length;
  const entries = names.map((name) => parseEntry(label, name, header[name], dataStart));
  checkCoverage(label, entries, dataStart, size);
  return { entries: new Map(entries.map((entry) => [entry.name, entry])), metadata: parseMetadata(label, header) };
}

function parseMetadata(label: string, header: Record<string, unknown>): Map<string, string> {
  const metadata = header["__metadata__"] ?? {};
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw invalid(label, "has a __metadata__ that does not map strings to strings");
  }
  return new Map(Object.entries(metadata) as [string, string][]);
}

function parseEntry(label: string, name: string, raw: unknown, dataStart: number): TensorEntry {
  const where = `${label}: tensor "${name}"`;
  if (!isRecord(raw)) throw invalid(where, "is not described by a JSON object");
  const { dtype, shape, data_offsets: offsets } = raw;
  if (dtype !== "F32" && dtype !== "F16" && dtype !== "BF16") {
    throw invalid(where, `has dtype ${JSON.stringify(dtype)}; supported: F32, F16, BF16. Convert the model first`);
  }
  if (!isCountList(shape) || shape.length > maxDimensions) {
    throw invalid(where, `has shape ${JSON.stringify(shape)}, not a list of at most ${maxDimensions} sizes`);
  }
  if (!isCountList(offsets) || offsets.length !== 2 || (offsets[0] as number) > (offsets[1] as number)) {
    throw invalid(where, `has data_offsets ${JSON.stringify(offsets)}, not [begin, end]`);
  }
  const [begin, end] = offsets as [number, number];
  const expected = shape.reduce((product, size) => product * size, bytesPerElement[dtype]);
  if (end - begin !== expected) {
    throw invalid(where, `spans ${end - begin} bytes, but ${dtype} of shape [${shape.join(", ")}] needs ${expected}`);
  }
  return { name, format: dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

function checkCoverage(label: string, entries: readonly TensorEntry[], dataStart: number, size: number): void {
  let position = dataStart;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== position) {
      const what = entry.begin < position ? "overlaps the tensor before it" : "leaves a hole before it";
      throw invalid(`${label}: tensor "${entry.name}"`, `begins at data byte ${entry.begin - dataStart}: ${what}`);
    }
    position = entry.end;
  }
  if (position !== size) {
    throw invalid(
      label,
      `declares ${position - dataStart} bytes of tensors, but holds ${size - dataStart} (cut off or padded)`,
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCountList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function invalid(where: string, what: string, cause?: unknown): LanguageModelError {
  return new LanguageModelError("MODEL_FILE_INVALID", `${where} ${what}`, { field: where, cause });
}
