/**
 * CRC-32 as gzip has it (RFC 1952, section 8): polynomial 0xedb88320, reflected, eight bytes at a step.
 */

let tables: Int32Array | undefined;

/** `tables[256 k + b]`: the remainder of byte `b` followed by `k` zero bytes. */
function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256);
  for (let b = 0; b < 256; b++) {
    let crc = b;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    made[b] = crc;
  }
  for (let i = 256; i < made.length; i++) {
    const before = made[i - 256]!;
    made[i] = (before >>> 8) ^ made[before & 255]!;
  }
  return made;
}

/** CRC-32 of `bytes`, unsigned. `before` is the CRC of the bytes before (0 for none). */
export function crc32(bytes: Uint8Array, before = 0): number {
  const t = (tables ??= makeTables());
  const end = bytes.length;
  let crc = ~before;
  let i = 0;
  for (const stop = end - 7; i < stop; i += 8) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      t[1792 + (crc & 255)]! ^
      t[1536 + ((crc >>> 8) & 255)]! ^
      t[1280 + ((crc >>> 16) & 255)]! ^
      t[1024 + (crc >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^
      t[512 + bytes[i + 5]!]! ^
      t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
}
