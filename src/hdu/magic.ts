/**
 * What a file is when it is not FITS, told from its first bytes.
 */
import { latin1 } from "../header/scan.js";
import { beginsWith } from "./walk.js";

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
  return signatures.find(([, magic]) => startsWith(bytes, magic))?.[0];
}

/** In words what a file is that does not begin with SIMPLE, and what to do about it. */
export function describeForeign(bytes: Uint8Array): string {
  if (bytes.length === 0) return "the file is empty";
  if (beginsWith(bytes, "XTENSION")) {
    return "the file begins with an extension (XTENSION): the primary header (SIMPLE) before it is missing";
  }
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04])) return "this is a zip archive, not FITS: unpack it first";
  if (startsWith(bytes, [0xfd, 0x37, 0x7a, 0x58, 0x5a])) return "this is xz data, not FITS: unpack it first";
  const text = visible(bytes.subarray(0, 256)).trimStart();
  if (/^<(!doctype|html|\?xml|head|error)/i.test(text)) {
    return `this is a web page, not FITS (${JSON.stringify(text.slice(0, 40))}...): is the address right?`;
  }
  if (bytes.subarray(0, 2880).every((byte) => byte === 0))
    return "the file begins with null bytes, not with SIMPLE";
  return `the file begins with ${JSON.stringify(text.slice(0, 24))}, not with SIMPLE: it is no FITS file`;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

function visible(bytes: Uint8Array): string {
  return latin1(bytes)
    .replace(/\s/g, " ")
    .replace(/[^ -~]/g, "?");
}
