/**
 * The shape of tiles, as cfitsio chooses it where the user does not.
 */
import { FitsError } from "../errors.js";
import type { Algorithm } from "./compress-tiles.js";

/** HCOMPRESS wants no fewer pixels along an axis, in no tile. */
const leastSide = 4;
/** Rows of an HCOMPRESS tile, in order of preference: the first that leaves no sliver at the end. */
const heights = [16, 24, 20, 30, 28, 26, 22, 18, 14];

/**
 * Tiles for an image of this shape (slowest axis first): as asked for, cut to the image and its axes, else rows, and for
 * HCOMPRESS_1 16 rows or so. Throws BAD_ARGUMENT for a shape that the algorithm cannot have.
 */
export function tileShapeFor(
  algorithm: Algorithm,
  shape: readonly number[],
  asked: readonly number[] | undefined,
): number[] {
  const fail = (message: string): never => {
    throw new FitsError("BAD_ARGUMENT", `cannot compress: ${message}`);
  };
  if (asked?.some((n) => !Number.isInteger(n) || n < 1)) {
    fail(`tiles of shape (${asked.join(", ")}) do not fit an image of shape (${shape.join(", ")})`);
  }
  const beyond = asked?.slice(0, Math.max(0, asked.length - shape.length)) ?? [];
  if (beyond.some((n) => n > 1)) {
    fail(
      `tiles of shape (${asked!.join(", ")}) have more axes than an image of shape (${shape.join(", ")}); give ${shape.length}`,
    );
  }
  // Missing axes are the slowest ones.
  const given = asked && [...shape.map(() => 1), ...asked].slice(-shape.length);
  const tile = shape.map((length, axis) =>
    Math.max(1, Math.min(length, given?.[axis] ?? (axis === shape.length - 1 ? length : 1))),
  );
  if (algorithm !== "HCOMPRESS_1") return tile;
  const tooSmall = tooSmallForHcompress(shape);
  if (tooSmall) fail(tooSmall);
  const height = shape.at(-2)!;
  const y = shape.length - 2;
  if (!asked) tile[y] = height <= 30 ? height : (heights.find((rows) => fits(height, rows)) ?? 17);
  for (const axis of [y, y + 1]) {
    if (!fits(shape[axis]!, tile[axis]!)) tile[axis] = Math.min(shape[axis]!, tile[axis]! + 1);
    if (tile[axis]! < leastSide || !fits(shape[axis]!, tile[axis]!)) {
      fail(
        `tiles of ${tile[axis]} pixels leave HCOMPRESS_1 fewer than ${leastSide} of the ${shape[axis]} along an axis`,
      );
    }
  }
  if (tile.slice(0, y).some((n) => n > 1)) fail("HCOMPRESS_1 takes tiles of two axes");
  return tile;
}

/** Why HCOMPRESS_1 takes no image of this shape, whatever the tiles; `undefined` where it does. */
export function tooSmallForHcompress(shape: readonly number[]): string | undefined {
  const [height = 0, width = 0] = shape.length < 2 ? [] : shape.slice(-2);
  if (height >= leastSide && width >= leastSide) return undefined;
  return `HCOMPRESS_1 needs at least ${leastSide} pixels along two axes, the image has shape (${shape.join(", ")})`;
}

function fits(length: number, tile: number): boolean {
  const rest = length % tile;
  return rest === 0 || rest >= leastSide;
}
