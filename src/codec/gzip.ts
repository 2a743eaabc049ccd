/**
 * GZIP_1 and GZIP_2: a tile's big-endian elements as a gzip member, in GZIP_2 with their bytes shuffled first.
 *
 * FITS Standard 4.0, section 10.4.2. Nearly all tiles of an image are decoded by wasm/gzip.ts; what is left, and all where
 * there is no WebAssembly, is inflated by the platform: by node:zlib or, in a browser, gunzip.ts.
 */
import { loadGzip } from "#platform";
import { bytesPerElement, elementCount } from "../array.js";
import { FitsError } from "../errors.js";
import type { TileDecoder, TileParams } from "./codec.js";
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
  return (bytes, params, into) => {
    let inflated: Uint8Array;
    try {
      inflated = gunzip(bytes, lengthOf(bytes, params));
    } catch (cause) {
      if (cause instanceof FitsError) throw cause;
      throw new FitsError("BAD_DATA", `corrupt gzip data: ${(cause as Error).message}`, { cause });
    }
    return fromBigEndian(inflated, { shuffled, own: true }, params, into);
  };
}

/** Bytes of a member that holds nothing. */
const shortestMember = 18;

/** How many bytes the tile may inflate to: what the member's last word says where that fits the tile, else at most. */
function lengthOf(bytes: Uint8Array, { dtype, shape }: TileParams): number {
  const pixels = elementCount(shape);
  const most = pixels * Math.max(4, bytesPerElement(dtype));
  if (bytes.length < shortestMember) return most;
  const said = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
  return said > 0 && said <= most && said % pixels === 0 ? said : most;
}
