/**
 * What a file is when it is not FITS, told from its first bytes.
 */

import { startsWith } from "../codec/magic.js";
import { beginsWith, latin1 } from "../header/scan.js";

/** In words what a file is that does not begin with SIMPLE, and what to do about it. */
export function describeForeign(bytes: Uint8Array): string {
  if (bytes.length === 0) return "the file is empty";
  if (beginsWith(bytes, "XTENSION")) {
    return "the file begins with an extension (XTENSION): the primary header (SIMPLE) before it is missing";
  }
  const known = containerOf(bytes);
  if (known) return `this is ${known}, not FITS: unpack it first`;
  const format = formats.find(([, magic]) => startsWith(bytes, magic))?.[0];
  if (format) return `this is ${format}, not FITS`;
  const text = visible(bytes.subarray(0, 256)).trimStart();
  if (/^<(!doctype|html|\?xml|head|error)/i.test(text)) {
    return `this is a web page, not FITS (${JSON.stringify(text.slice(0, 40))}...): is the address right?`;
  }
  if (bytes.subarray(0, 2880).every((byte) => byte === 0))
    return "the file begins with null bytes, not with SIMPLE";
  return `the file begins with ${JSON.stringify(text.slice(0, 24))}, not with SIMPLE: it is no FITS file`;
}

/** Archives and compressed files, by the bytes that they begin with. */
const containers: readonly (readonly [string, readonly number[]])[] = [
  ["a zip archive", [0x50, 0x4b, 0x03, 0x04]],
  ["an empty zip archive", [0x50, 0x4b, 0x05, 0x06]],
  ["a 7z archive", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ["a rar archive", [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07]],
  ["xz data", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["lzip data", [0x4c, 0x5a, 0x49, 0x50]],
  ["LZ4 data", [0x04, 0x22, 0x4d, 0x18]],
];

/** Other formats that people have beside FITS files, by the bytes that they begin with. */
const formats: readonly (readonly [string, readonly number[]])[] = [
  ["an HDF5 file", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["a netCDF file", [0x43, 0x44, 0x46]],
  ["an ASDF file", [0x23, 0x41, 0x53, 0x44, 0x46]],
  ["a Parquet file", [0x50, 0x41, 0x52, 0x31]],
  ["a NumPy array (.npy)", [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]],
  ["a PNG image", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["a JPEG image", [0xff, 0xd8, 0xff]],
  ["a GIF image", [0x47, 0x49, 0x46, 0x38]],
  ["a TIFF image", [0x49, 0x49, 0x2a, 0x00]],
  ["a TIFF image", [0x4d, 0x4d, 0x00, 0x2a]],
  ["a PDF document", [0x25, 0x50, 0x44, 0x46, 0x2d]],
];

/** What archive or compressed file this is. A tar archive says so behind the name and rights of its first member. */
function containerOf(bytes: Uint8Array): string | undefined {
  const isTar = latin1(bytes.subarray(257, 262)) === "ustar" || isOldTar(bytes);
  return isTar ? "a tar archive" : containers.find(([, magic]) => startsWith(bytes, magic))?.[0];
}

/** A tar archive of before POSIX has no mark, but octal numbers in fixed places and a checksum of its first block. */
function isOldTar(bytes: Uint8Array): boolean {
  const stored = /^ *([0-7]{1,7})[ \0]/.exec(latin1(bytes.subarray(148, 156)))?.[1];
  if (stored === undefined || bytes.length < 512 || bytes[0] === 0) return false;
  // The sum takes the eight bytes of the checksum itself for blanks.
  const sum = bytes.subarray(0, 512).reduce((n, byte, i) => n + (i >= 148 && i < 156 ? 32 : byte), 0);
  return sum === Number.parseInt(stored, 8);
}

function visible(bytes: Uint8Array): string {
  return latin1(bytes)
    .replace(/\s/g, " ")
    .replace(/[^ -~]/g, "?");
}
