/**
 * How the tiles of an image are compressed: what decoding needs to know of its header, here and in a worker.
 */
import type { DType } from "../array.js";

/** The columns that may hold a tile, in the order in which they are looked at. */
export const cellColumns = ["COMPRESSED_DATA", "GZIP_COMPRESSED_DATA", "UNCOMPRESSED_DATA"] as const;
export type CellColumn = (typeof cellColumns)[number];

/** How the pixels of all tiles are compressed: plain data, which workers get by postMessage. */
export interface TileCoding {
  /** ZCMPTYPE. */
  readonly algorithm: string;
  /** Type of the image's stored values. */
  readonly dtype: DType;
  /** ZVALs of BYTEPIX, BLOCKSIZE and SMOOTH. */
  readonly bytePix: number;
  readonly blockSize: number;
  readonly smooth: boolean;
  /**
   * What the decoded integers are more than the stored ones. PLIO holds no negative values, so that cfitsio compresses
   * the 16-bit images of BZERO = 32768 as the unsigned values that they mean; the Standard does not say so.
   */
  readonly offset: number;
  /** Whether COMPRESSED_DATA holds integers that ZSCALE and ZZERO make floats of. */
  readonly quantized: boolean;
  /** ZQUANTIZ: 0 NO_DITHER, 1 SUBTRACTIVE_DITHER_1, 2 SUBTRACTIVE_DITHER_2. */
  readonly dither: 0 | 1 | 2;
  /** ZDITHER0. */
  readonly seed: number;
}

/** RICE_1, also under the name that fpack writes now and then: RICE_ONE. */
export function isRice({ algorithm }: TileCoding): boolean {
  return algorithm === "RICE_1" || algorithm === "RICE_ONE";
}

const fallbackCodec = { GZIP_COMPRESSED_DATA: "GZIP_1", UNCOMPRESSED_DATA: "NOCOMPRESS" } as const;

/** The ZCMPTYPE of a column's cells. */
export function codecOf(coding: TileCoding, column: CellColumn): string {
  return column === "COMPRESSED_DATA" ? coding.algorithm : fallbackCodec[column];
}
