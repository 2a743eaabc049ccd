/**
 * From which image the texels of a level are made: the image itself, or a level of its overview, whose pixels are means of
 * blocks. Says what reading costs, and writes selections. Pure.
 */
import type { AxisSelector, DType, Fits, ImageHdu } from "fitslice";
import { coarsestLevel, type Rect } from "./geometry.js";
import type { Overview } from "./screen.types.js";

export interface Supply {
  readonly fits: Fits;
  readonly image: ImageHdu;
  /** Pixels are means of blocks of 2^base x 2^base pixels of the image that is shown. */
  readonly base: number;
  readonly width: number;
  readonly height: number;
  /** Pixels of a compressed tile; undefined where pixels lie in rows. */
  readonly tile: { readonly width: number; readonly height: number } | undefined;
  /** Bytes of a pixel once it is read. */
  readonly pixelBytes: number;
  /** Bytes that reading a rectangle moves, about, where no gaps are read. */
  bytesOf(rect: Rect): number;
  /** Bytes of a row of pixels, or of a row of tiles, as wide as the image. */
  readonly rowBytes: number;
  selection(rect: Rect): AxisSelector[];
}

/** The image that is shown, and what supplies each of its levels. */
export interface Supplies {
  readonly width: number;
  readonly height: number;
  readonly coarsest: number;
  readonly dtype: DType;
  of(level: number): Supply;
  /** Finer levels of the overview are looked for. */
  readonly isGrowing: boolean;
  /** The level to show in place of `level`, which an overview will have, until its finer levels are found. */
  shownFor(level: number): number;
  /** Takes these levels from now on. */
  setOverview(overview: Overview | undefined): void;
}

const sizes: Readonly<Record<DType, number>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
};

/** Of a plane (indices of the axes before the last two) of an image with at least one axis. */
export function suppliesOf(
  fits: Fits,
  image: ImageHdu,
  plane: readonly number[],
  overview?: Overview,
): Supplies {
  const own = supplyOf(fits, image, plane, 0);
  const coarsest = coarsestLevel(own.width, own.height);
  /** The coarsest first. */
  let levels: Supply[] = [];
  let finest: number | undefined;

  function setOverview(given: Overview | undefined): void {
    finest = given?.finest;
    levels = (given?.levels ?? [])
      .flatMap(({ factor, image: part, fits: file }) => {
        const base = Math.log2(factor);
        if (!Number.isInteger(base) || base < 1) return [];
        // What was read of a level stays right when further levels are found.
        const known = levels.find(({ image }) => image === part);
        const supply = known ?? supplyOf(file, part, plane, base);
        const fitsImage =
          supply.width === Math.ceil(own.width / factor) && supply.height === Math.ceil(own.height / factor);
        return fitsImage ? [supply] : [];
      })
      .sort((a, b) => b.base - a.base);
  }

  setOverview(overview);
  return {
    width: own.width,
    height: own.height,
    coarsest,
    dtype: image.dtype,
    get isGrowing() {
      return finest !== undefined;
    },
    of: (level) => levels.find(({ base }) => base <= level) ?? own,
    shownFor(level) {
      const found = levels.at(-1)?.base;
      const isComing = finest !== undefined && 2 ** level >= finest && found !== undefined;
      return isComing ? Math.min(coarsest, Math.max(level, found)) : level;
    },
    setOverview,
  };
}

function supplyOf(fits: Fits, image: ImageHdu, plane: readonly number[], base: number): Supply {
  const { shape } = image;
  const width = shape.at(-1)!;
  const height = shape.length > 1 ? shape.at(-2)! : 1;
  const lengths = image.tileShape && [1, ...image.tileShape].slice(-2);
  const tile = lengths && {
    width: Math.min(lengths[1]!, width),
    height: Math.min(shape.length > 1 ? lengths[0]! : 1, height),
  };
  const tiles = shape.reduce(
    (n, length, axis) => n * Math.ceil(length / (image.tileShape?.[axis] ?? length)),
    1,
  );
  const tileBytes = image.dataSize / Math.max(1, tiles);
  const across = (from: number, to: number, length: number): number =>
    Math.ceil(to / length) - Math.floor(from / length);
  const bytesOf = ({ x0, y0, x1, y1 }: Rect): number =>
    tile
      ? across(x0, x1, tile.width) * across(y0, y1, tile.height) * tileBytes
      : ((x1 - x0) * (y1 - y0) * Math.abs(image.bitpix)) / 8;
  return {
    fits,
    image,
    base,
    width,
    height,
    tile,
    pixelBytes: sizes[image.dtype],
    bytesOf,
    rowBytes: Math.ceil(bytesOf({ x0: 0, y0: 0, x1: width, y1: 1 })),
    selection: ({ x0, y0, x1, y1 }) => (shape.length > 1 ? [...plane, [y0, y1], [x0, x1]] : [[x0, x1]]),
  };
}
