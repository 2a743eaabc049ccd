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

function visible(bytes: Uint8Array): string {
  return latin1(bytes)
    .replace(/\s/g, " ")
    .replace(/[^ -~]/g, "?");
}
