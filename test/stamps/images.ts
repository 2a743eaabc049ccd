/**
 * Small images on the sky.
 */
import { ndarray } from "../../src/index.js";
import { fitsBytes, type HeaderItem, imageHdu } from "../../src/write/index.js";

/** Pixel i of an image holds `value + i`. */
export interface SkyImage {
  readonly ra: number;
  readonly dec: number;
  readonly name?: string;
  /** Pixels along each side; default 100. */
  readonly side?: number;
  /** Arcseconds; default 1. */
  readonly scale?: number;
  readonly value?: number;
  readonly type?: "float32" | "int16";
}

/** The header of a gnomonic image, its center at a position. */
export function skyCards({ ra, dec, side = 100, scale = 1 }: SkyImage): HeaderItem[] {
  const cards: [string, string | number][] = [
    ["CTYPE1", "RA---TAN"],
    ["CTYPE2", "DEC--TAN"],
    ["CRVAL1", ra],
    ["CRVAL2", dec],
    ["CRPIX1", (side + 1) / 2],
    ["CRPIX2", (side + 1) / 2],
    ["CDELT1", -scale / 3600],
    ["CDELT2", scale / 3600],
    ["RADESYS", "ICRS"],
  ];
  return cards.map(([keyword, value]) => ({ keyword, value }));
}

/** A file of images, the first one the primary HDU. */
export function skyFile(...images: readonly SkyImage[]): Promise<Uint8Array<ArrayBuffer>> {
  return fitsBytes(
    images.map((image) => {
      const { side = 100, value = 0, name, type = "float32" } = image;
      const shape = [side, side] as const;
      const pixels = Array.from({ length: side * side }, (_, i) => value + i);
      const data = type === "float32" ? Float32Array.from(pixels) : Int16Array.from(pixels);
      return imageHdu({
        data: ndarray(data, shape),
        header: skyCards(image),
        ...(name !== undefined && { name }),
      });
    }),
  );
}
