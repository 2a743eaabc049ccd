/**
 * GZIP_1 and GZIP_2: a tile's big-endian elements as a gzip member, in GZIP_2 with their bytes shuffled first.
 *
 * FITS Standard 4.0, section 10.4.2. The inflating itself is the platform's: node:zlib or, in a browser, gunzip.ts.
 */
import { loadGzip } from "#platform";
import { bytesPerElement, elementCount } from "../array.js";
import { FitsError } from "../errors.js";
import type { TileData, TileDecoder, TileParams } from "./codec.js";
import { fromBigEndian } from "./raw.js";

/** What a platform does of gzip. */
export interface Gzip {
  /** The output of a gzip file; throws when it is corrupt, cut off or longer than `maxLength` bytes. */
  gunzip(bytes: Uint8Array, maxLength: number): Uint8Array;
  /** `bytes` as one gzip member. */
  gzip(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** The decoder of GZIP_1 tiles. */
export async function loadGzip1(): Promise<TileDecoder> {
  return decoder(await loadGzip(), false);
}

/** The decoder of GZIP_2 tiles. */
export async function loadGzip2(): Promise<TileDecoder> {
  return decoder(await loadGzip(), true);
}

function decoder({ gunzip }: Gzip, shuffled: boolean): TileDecoder {
  return (bytes: Uint8Array, params: TileParams, into?: TileData): TileData => {
    let inflated: Uint8Array;
    try {
      inflated = gunzip(bytes, lengthOf(bytes, params));
    } catch (cause) {
      if (cause instanceof FitsError) throw cause;
      throw new FitsError("BAD_DATA", `corrupt gzip data: ${(cause as Error).message}`, { cause });
    }
    return fromBigEndian(inflated, shuffled, params, into);
  };
}

/** How many bytes the tile may inflate to: what the member's last word says where that fits the tile, else at most. */
function lengthOf(bytes: Uint8Array, { dtype, shape }: TileParams): number {
  const pixels = elementCount(shape);
  const most = pixels * Math.max(4, bytesPerElement(dtype));
  const end = bytes.length;
  if (end < 18) return most;
  const said =
    (bytes[end - 4]! | (bytes[end - 3]! << 8) | (bytes[end - 2]! << 16) | (bytes[end - 1]! << 24)) >>> 0;
  return said <= most && pixels > 0 && said % pixels === 0 ? said : most;
}
