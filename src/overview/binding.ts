/**
 * What binds an overview to its file: size and version of the file, and of each image its header and samples of its data.
 */
import { crc32 } from "../codec/crc32.js";
import { FitsError, hduLabel } from "../errors.js";
import type { Fits } from "../fits.js";
import type { HduLayout } from "../hdu/hdu.js";
import type { Header } from "../header/header.js";
import type { ReadOptions } from "../read/options.js";
import { type Plan, read, together } from "../read/plan.js";
import type { ByteRange } from "../source/source.js";

/** What tells a file from others. */
export interface Binding {
  /** Bytes of the file, where they are known. */
  readonly size?: number | undefined;
  /** Its strong ETag, else its Last-Modified, where it has one. */
  readonly tag?: string | undefined;
}

const longestTag = 400;

/** The binding of an open file. A version that a header cannot hold is left out. */
export function bindingOf({ size, tag }: Fits): Binding {
  const isText = tag !== undefined && tag.length <= longestTag && /^[\x20-\x7e]+$/.test(tag);
  return { size, tag: isText ? tag : undefined };
}

const sampleBytes = 1024;
const mostHeaderBytes = 1 << 20;

/**
 * Two CRC-32 of an HDU, eight hexadecimal digits each: of its header as it stands in the file with the first KiB of its data, and of
 * one KiB each in the middle and at the end of the data. Read in one wave.
 *
 * @param far whether the second one is wanted, too
 */
export async function checksumsOf(
  fits: Fits,
  { headerOffset, headerSize, dataOffset, dataSize }: HduLayout,
  far: boolean,
  options: ReadOptions,
): Promise<string[]> {
  const last = Math.max(0, dataSize - sampleBytes);
  const sample = (at: number): ByteRange => ({
    offset: dataOffset + at,
    length: Math.min(sampleBytes, dataSize),
  });
  const near = [{ offset: headerOffset, length: Math.min(headerSize, mostHeaderBytes) }, sample(0)];
  const groups = far ? [near, [sample(Math.floor(last / 2)), sample(last)]] : [near];
  const plans = groups.map((ranges) => together(ranges.map(samplePlan)));
  const parts = await fits.run(together(plans), options);
  return parts.map((bytes) =>
    bytes
      .reduce((crc, each) => crc32(each, crc), 0)
      .toString(16)
      .padStart(8, "0"),
  );
}

function samplePlan(range: ByteRange): Plan<Uint8Array> {
  return () => read("is the overview of this file?", range);
}

/** How far the primary header of an overview vouches for the open file: wholly, or only together with the images' checksums. */
export type Vouched = "version" | "size";

/** Throws BAD_INDEX where the primary header of what was opened is not that of an overview of `fits`. */
export function checkPrimary(fits: Fits, header: Header, where: string): Vouched {
  if (header.get("OVRFORM") !== 1)
    throw new FitsError("BAD_INDEX", `${where} is no overview as "fitslice overview" writes them`);
  const [size, tag] = [header.get("OVRSIZE"), header.get("OVRTAG")];
  const now = bindingOf(fits);
  if (size !== undefined && now.size !== undefined && Number(size) !== now.size)
    throw stale(where, `it is of a file of ${String(size)} bytes, this one has ${now.size}`);
  if (typeof tag !== "string" || now.tag === undefined || isETag(tag) !== isETag(now.tag)) return "size";
  if (tag.trimEnd() !== now.tag.trimEnd())
    throw stale(where, `it is of the version ${tag.slice(0, 80)}, this one is ${now.tag.slice(0, 80)}`);
  return "version";
}

function isETag(tag: string): boolean {
  return tag.startsWith('"');
}

/** Throws BAD_INDEX where a level is not of this HDU as it is now, as far as headers tell. */
export function checkHdu(hdu: HduLayout, level: Header, where: string): void {
  const label = hduLabel(hdu);
  const [name, ver] = [level.get("OVRNAME"), level.get("OVREXTV")];
  if (String(name ?? "").trimEnd() !== hdu.name.trimEnd() || ver !== hdu.ver)
    throw stale(where, `it is of ${String(name)},${String(ver)}, not of ${label}`);
  const [was, is] = [level.get("OVRSUM"), hdu.header.get("DATASUM")];
  if (was !== undefined && is !== undefined && String(was).trim() !== String(is).trim())
    throw stale(where, `the DATASUM of ${label} has changed`);
}

/**
 * Throws BAD_INDEX where the header or the data of the HDU have changed. Of a file that is compressed as a whole only the start of
 * the data is looked at: all that lies before its end would have to be decompressed.
 */
export async function checkData(
  fits: Fits,
  hdu: HduLayout,
  level: Header,
  where: string,
  options: ReadOptions,
): Promise<void> {
  const far = !/\.(gz|z|bz2|zst)$/i.test(fits.href);
  const sums = await checksumsOf(fits, hdu, far, options);
  if (`${String(level.get("OVRCRC"))} `.startsWith(`${sums.join(" ")} `)) return;
  throw stale(where, `header or data of ${hduLabel(hdu)} are others`);
}

export function stale(where: string, why: string): FitsError {
  return new FitsError("BAD_INDEX", `${where} does not belong to this file: ${why}; make a new overview`);
}
