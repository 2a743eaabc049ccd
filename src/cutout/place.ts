/**
 * Where a cutout lies in an image: from a position on the sky, or a pixel, and a size.
 */
import { checkMembers, checkObject, checkSky } from "../argument.js";
import { FitsError, hduLabel } from "../errors.js";
import type { ImageHdu } from "../hdu/image.js";
import {
  type Celestial,
  convertPoint,
  type Frame,
  parsePosition,
  parseSize,
  type SkyPoint,
} from "../wcs/index.js";
import { boxAround, wholeSize } from "./box.js";
import { type CutoutMode, type FittedGrid, fitGrid, type Grid } from "./grid.js";

/**
 * The center of a cutout: text as people write positions (`"10h01m41.13s +02d25m20.58s"`, `"gal 120.1 -5"`), a position in
 * degrees, of ICRS unless a frame is given (`parseFrame` of `fitslice/wcs` makes one of its name), or a pixel, 0-based, x along
 * NAXIS1.
 */
export type Center =
  | string
  | { readonly lon: number; readonly lat: number; readonly frame?: Frame | undefined }
  | { readonly x: number; readonly y: number };

/** One side: a number of pixels, or text with a unit, `"5arcsec"`, `"64pix"`; text of two sides has the width first. */
export type Side = number | string;

/** A size: of a square, or `[height, width]`. */
export type CutoutSize = Side | readonly [height: Side, width: Side];

/** The part of an image that is to be cut. */
export interface Region {
  readonly center: Center;
  readonly size: CutoutSize;
}

/**
 * Indices along the axes that are not of the sky (of a pixel: beyond NAXIS2), slowest first, from 0, negative from the end; one
 * number is that of the slowest one. Axes left out, or `null`, are cut whole.
 */
export type PlaneChoice = number | readonly (number | null)[];

/** How regions are placed. */
export interface PlaceOptions {
  readonly mode?: CutoutMode | undefined;
  /** Of cubes. Default: all planes. */
  readonly plane?: PlaneChoice | undefined;
}

/** A cutout with its place in an image. */
export interface Placed {
  readonly fitted: FittedGrid;
  /** The center in pixels of the image, 0-based. */
  readonly x: number;
  readonly y: number;
  /** NAXIS numbers, from 0, of x and y. */
  readonly axes: readonly [x: number, y: number];
}

/** Whether the place of a region needs world coordinates. */
export function needsSky({ center, size }: Region): boolean {
  const isPixel = typeof center === "object" && center !== null && "x" in center;
  return !isPixel || sidesOf(size).some(({ unit }) => unit === "deg");
}

/**
 * Places a region in an image. Pixels are chosen as by astropy's Cutout2D, but for images whose pixels are not square, where
 * each side is measured by its own axis. Throws BAD_SELECTION for a place outside the image, BAD_ARGUMENT.
 *
 * @param celestial the image's sky, where it has one
 */
export function placeRegion(
  image: Pick<ImageHdu, "index" | "name" | "shape">,
  celestial: Celestial | undefined,
  region: Region,
  options: PlaceOptions = {},
): Placed {
  checkMembers(image, ["shape", "index"], "the image", "an image of an open file");
  checkMembers(region, ["center", "size"], "a region", "{ center, size }");
  if (celestial !== undefined) checkSky(celestial);
  checkObject(options);
  const { mode, plane } = options;
  const label = hduLabel(image);
  const { shape } = image;
  const axes = needsSky(region) ? skyOf(celestial, label).pixelAxes : ([0, 1] as const);
  const lengths = axes.map((axis) => shape[shape.length - 1 - axis]);
  if (lengths.includes(undefined))
    throw new FitsError(
      "BAD_SELECTION",
      `${label} has ${shape.length} axes, and a cutout needs two; use a section`,
    );
  const [x, y] = centerOf(region.center, celestial, label);
  const [height, width] = sizeOf(region.size, celestial, label);
  const box = boxAround(x, y, width, height);
  const grid = gridAround(shape, axes, box, plane, label);
  try {
    return { fitted: fitGrid(grid, shape, mode, label), x, y, axes };
  } catch (error) {
    if (!(error instanceof FitsError) || error.code !== "BAD_SELECTION") throw error;
    const where = needsSky(region)
      ? ` (${textOf(region.center)} is pixel ${short(x + 1)}, ${short(y + 1)}, counted from 1)`
      : "";
    throw new FitsError(error.code, `${error.message}${where}`, { cause: error });
  }
}

/** How planes are chosen along the axes that are not on the sky. */
function planesText(others: readonly number[], shape: readonly number[]): string {
  if (others.length < 2) return "planes count from 0";
  const names = others.map((axis) => `NAXIS${shape.length - axis}`).join(", ");
  return `planes count from 0, one for each of ${names}, in this order`;
}

function short(value: number): string {
  return String(Number(value.toFixed(2)));
}

function skyOf(celestial: Celestial | undefined, label: string): Celestial {
  if (celestial) return celestial;
  throw new FitsError(
    "BAD_HEADER",
    `${label} has no celestial coordinates; give the center and the size in pixels, or another HDU`,
  );
}

/** A center as messages show it. */
export function textOf(center: Center): string {
  if (typeof center === "string") return center.trim();
  if ("x" in center) return `pixel ${center.x}, ${center.y}`;
  return `${center.lon} ${center.lat}`;
}

/** A center on the sky, in the frame of `celestial`. */
export function skyPosition(
  center: Exclude<Center, { x: number }>,
  celestial: Celestial,
  label: string,
): SkyPoint {
  const given = typeof center === "string" ? parsePosition(center) : checkedPosition(center);
  const own = celestial.frame;
  // Nothing can be converted to the frame of a planet, or of nothing known: positions are its own.
  const isOwn = given.frame === undefined && own.name === "unknown";
  const point = isOwn
    ? ([given.lon, given.lat] as const)
    : convertPoint([given.lon, given.lat], given.frame ?? { name: "icrs" }, own);
  if (point) return point;
  throw new FitsError(
    "BAD_ARGUMENT",
    `${label}: ${textOf(center)} cannot be converted to the frame of the image`,
  );
}

function checkedPosition(
  center: Exclude<Center, string | { x: number }>,
): Exclude<Center, string | { x: number }> {
  if (typeof center === "object" && center !== null) {
    const { lon, lat } = center;
    if (Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lat) <= 90) return center;
  }
  throw new FitsError(
    "BAD_ARGUMENT",
    'a center is text like "10h01m41.13s +02d25m20.58s", { lon, lat } in degrees, or { x, y } in pixels',
  );
}

function centerOf(
  center: Center,
  celestial: Celestial | undefined,
  label: string,
): readonly [x: number, y: number] {
  if (typeof center === "object" && center !== null && "x" in center) {
    if (Number.isFinite(center.x) && Number.isFinite(center.y)) return [center.x, center.y];
    throw new FitsError("BAD_ARGUMENT", `there is no pixel at ${center.x}, ${center.y}`);
  }
  const sky = skyOf(celestial, label);
  const pixel = sky.toPixel(...skyPosition(center, sky, label));
  if (pixel) return pixel;
  throw new FitsError(
    "BAD_SELECTION",
    `${label}: ${textOf(center)} is nowhere in the projection of the image`,
  );
}

interface MeasuredSide {
  readonly value: number;
  readonly unit: "deg" | "pixel";
}

/** Height and width. */
function sidesOf(size: CutoutSize): readonly [MeasuredSide, MeasuredSide] {
  const [one, other] = Array.isArray(size) ? size : [size, size];
  const text = typeof size === "string" ? parseSize(size) : undefined;
  if (text)
    return [
      { value: text.height, unit: text.unit },
      { value: text.width, unit: text.unit },
    ];
  return [sideOf(one as Side), sideOf(other as Side)];
}

function sideOf(side: Side): MeasuredSide {
  if (typeof side === "number") return { value: side, unit: "pixel" };
  if (typeof side !== "string")
    throw new FitsError("BAD_ARGUMENT", 'a size is 64, "5arcsec" or [height, width]');
  const { height: value, width, unit } = parseSize(side);
  if (value === width) return { value, unit };
  throw new FitsError("BAD_ARGUMENT", `${side} has two sides, and one is wanted`);
}

function sizeOf(
  size: CutoutSize,
  celestial: Celestial | undefined,
  label: string,
): [height: number, width: number] {
  const sides = sidesOf(size);
  const pixels = sides.map(({ value, unit }, i) =>
    unit === "pixel" ? value : value / skyOf(celestial, label).scale[i === 0 ? 1 : 0],
  );
  const given = typeof size === "object" ? size.join(" x ") : String(size);
  return [wholeSize(pixels[0]!, given), wholeSize(pixels[1]!, given)];
}

function gridAround(
  shape: readonly number[],
  [xAxis, yAxis]: readonly [number, number],
  box: { x: number; y: number; width: number; height: number },
  plane: PlaneChoice | undefined,
  label: string,
): Grid {
  const grid = { start: shape.map(() => 0), count: [...shape], step: shape.map(() => 1) };
  const [x, y] = [shape.length - 1 - xAxis, shape.length - 1 - yAxis];
  const others = shape.flatMap((_, axis) => (axis === x || axis === y ? [] : [axis]));
  const indices = plane === undefined ? [] : typeof plane === "number" ? [plane] : plane;
  if (indices.length > others.length)
    throw new FitsError(
      "BAD_SELECTION",
      `${label} has ${others.length} axes beside those of the sky, not ${indices.length}`,
    );
  for (const [i, given] of indices.entries()) {
    if (given === null) continue;
    const axis = others[i]!;
    const length = shape[axis]!;
    const index = given < 0 ? given + length : given;
    if (!Number.isInteger(index) || index < 0 || index >= length)
      throw new FitsError(
        "BAD_SELECTION",
        `${label}: there is no plane ${given} along NAXIS${shape.length - axis}, which has ${length}; ${planesText(others, shape)}`,
      );
    grid.start[axis] = index;
    grid.count[axis] = 1;
  }
  grid.start[x] = box.x;
  grid.start[y] = box.y;
  grid.count[x] = box.width;
  grid.count[y] = box.height;
  return grid;
}
