/**
 * Tells from the first bytes of a file how the file is compressed as a whole.
 */

/** Ways in which a whole FITS file may be compressed: `compress` is the `.Z` of old Unix. */
export type Compression = "gzip" | "compress" | "bzip2" | "zstd";

const signatures: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["compress", [0x1f, 0x9d]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
];

/** How the file that begins with `bytes` is compressed; undefined where it is not. */
export function compressionOf(bytes: Uint8Array): Compression | undefined {
  // pzstd writes a skippable frame first (RFC 8878, 3.1.2).
  if ((bytes[0]! & 0xf0) === 0x50 && startsWith(bytes.subarray(1), [0x2a, 0x4d, 0x18])) return "zstd";
  return signatures.find(([, magic]) => startsWith(bytes, magic))?.[0];
}

/** Whether the bytes begin with these. */
export function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}
