/**
 * The identity of a file, which its index file is checked against: size, version, checksums of three short parts.
 */
import { crc32 } from "../../codec/crc32.js";
import { FitsError } from "../../errors.js";
import type { ByteSource, GetRangeOptions } from "../source.js";
import type { Identity, Sample } from "./index-file.js";

const SAMPLE = 1024;

/** The identity of the file behind `source`. Throws UNSUPPORTED for a source that cannot tell its size. */
export async function identify(source: ByteSource, options: GetRangeOptions): Promise<Identity> {
  const first = await sample(source, 0, SAMPLE, options);
  const { size, tag } = source;
  if (size === undefined) {
    throw new FitsError("UNSUPPORTED", `${source.href}: cannot tell the size of the file; an index needs it`);
  }
  // Files of one instrument begin and end alike.
  const last = Math.max(0, size - SAMPLE);
  const others = [Math.floor(last / 2), last].map((offset) => sample(source, offset, SAMPLE, options));
  return { size, tag, samples: [first, ...(await Promise.all(others))] };
}

async function sample(
  source: ByteSource,
  offset: number,
  length: number,
  options: GetRangeOptions,
): Promise<Sample> {
  const bytes = await source.getRange({ offset, length }, options);
  return { offset, length: bytes.length, crc: crc32(bytes) };
}

/**
 * Compares the file behind `source` with `identity`: by the size and by the ETag (or Last-Modified), else, where one of
 * the two has no tag, by the checksums of the samples. Throws BAD_INDEX where they differ.
 */
export async function compare(
  source: ByteSource,
  identity: Identity,
  options: GetRangeOptions,
): Promise<void> {
  const { tag } = source;
  checkSize(source, identity);
  if (tag !== undefined && identity.tag !== undefined && isETag(tag) === isETag(identity.tag)) {
    if (tag === identity.tag) return;
    throw mismatch(source, `it is of the version ${shown(identity.tag)}, this one is ${shown(tag)}`);
  }
  await Promise.all(
    identity.samples.map(async ({ offset, length, crc }) => {
      const now = await sample(source, offset, length, options);
      if (now.length !== length || now.crc !== crc)
        throw mismatch(source, `the bytes from ${offset} on are others`);
    }),
  );
}

/** Throws BAD_INDEX where the size of `source` is known and differs from that of `identity`. */
export function checkSize(source: ByteSource, identity: Identity): void {
  if (source.size === undefined || source.size === identity.size) return;
  throw mismatch(source, `it is of a file of ${identity.size} bytes, this one has ${source.size}`);
}

/** A tag fit to be shown: it comes from an index file or a server, which may send anything. */
function shown(tag: string): string {
  return tag.slice(0, 80).replace(/[^ -~]/g, "?");
}

function isETag(tag: string): boolean {
  return tag.startsWith('"');
}

function mismatch(source: ByteSource, what: string): FitsError {
  return new FitsError(
    "BAD_INDEX",
    `${source.href}: the index does not belong to this file: ${what}; make a new one`,
  );
}
