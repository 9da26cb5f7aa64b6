/**
 * A bucket's entry as LMDB holds it: one byte (1 value, 0 deletion marker), the revision as big-endian u64, the value.
 *
 * Deletion markers stay: a watcher that comes back from an older revision must learn of the deletion.
 */
export interface StoredEntry {
  readonly revision: number;
  /** Undefined for a deletion marker. */
  readonly value: Uint8Array | undefined;
}

const HEADER_BYTES = 9;

export function encodeEntry({ revision, value }: StoredEntry): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES + (value?.byteLength ?? 0));
  bytes.writeUInt8(value ? 1 : 0, 0);
  bytes.writeBigUInt64BE(BigInt(revision), 1);
  if (value) bytes.set(value, HEADER_BYTES);
  return bytes;
}

export function decodeEntry(bytes: Buffer): StoredEntry {
  return {
    revision: Number(bytes.readBigUInt64BE(1)),
    value: bytes.readUInt8(0) === 1 ? new Uint8Array(bytes.subarray(HEADER_BYTES)) : undefined,
  };
}
