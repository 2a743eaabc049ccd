/** Which pixels a region has, and how it is moved and resized. Pure. */
import type { PixelShape } from "./region.js";

const degree = Math.PI / 180;

/** Whether the center of a pixel is in a region. Edges of boxes belong to the box at the left and the lower side only. */
export function contains({ shape, x, y, lengths, angle }: PixelShape, px: number, py: number): boolean {
  const [dx, dy] = [px - x, py - y];
  switch (shape) {
    case "point":
      return Math.round(x) === px && Math.round(y) === py;
    case "circle":
      return dx * dx + dy * dy <= lengths[0]! ** 2;
    case "annulus": {
      const square = dx * dx + dy * dy;
      return square >= lengths[0]! ** 2 && square < lengths.at(-1)! ** 2;
    }
    default: {
      const [u, v] = turnedBack(dx, dy, angle);
      if (shape === "ellipse") return (u / lengths[0]!) ** 2 + (v / lengths[1]!) ** 2 <= 1;
      const [w, h] = [lengths[0]! / 2, lengths[1]! / 2];
      return u >= -w && u < w && v >= -h && v < h;
    }
  }
}

/** Offsets along the region's own axes. */
function turnedBack(dx: number, dy: number, angle: number): readonly [u: number, v: number] {
  if (angle % 360 === 0) return [dx, dy];
  const [cos, sin] = [Math.cos(angle * degree), Math.sin(angle * degree)];
  return [dx * cos + dy * sin, dy * cos - dx * sin];
}

/** Pixels from `x0` to before `x1`, from `y0` to before `y1`. */
export interface PixelBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** The pixels of an image whose centers lie in the rectangle around a region; undefined where there are none. */
export function boundsOf(
  region: PixelShape,
  [width, height]: readonly [number, number],
): PixelBox | undefined {
  const [rx, ry] = reachOf(region);
  const { x, y, shape } = region;
  const [cx, cy] = shape === "point" ? [Math.round(x), Math.round(y)] : [x, y];
  // A box half a pixel wider than whole pixels has its edges between centers.
  const x0 = Math.max(0, Math.ceil(cx - rx - 1e-9));
  const y0 = Math.max(0, Math.ceil(cy - ry - 1e-9));
  const x1 = Math.min(width, Math.floor(cx + rx + 1e-9) + 1);
  const y1 = Math.min(height, Math.floor(cy + ry + 1e-9) + 1);
  return x1 > x0 && y1 > y0 ? { x0, y0, x1, y1 } : undefined;
}

/** How far a region reaches from its center along x and y. */
export function reachOf({ shape, lengths, angle }: PixelShape): readonly [x: number, y: number] {
  const [cos, sin] = [Math.abs(Math.cos(angle * degree)), Math.abs(Math.sin(angle * degree))];
  const [a = 0, b = 0] = lengths;
  switch (shape) {
    case "point":
      return [0, 0];
    case "circle":
    case "annulus": {
      const radius = lengths.at(-1)!;
      return [radius, radius];
    }
    case "ellipse":
      return [Math.hypot(a * cos, b * sin), Math.hypot(a * sin, b * cos)];
    case "box":
      return angle % 180 === 0 ? [a / 2, b / 2] : [(a * cos + b * sin) / 2, (a * sin + b * cos) / 2];
  }
}

/** The box between two places of the picture, with its edges between pixels; at least one pixel. */
export function drawnBox(from: readonly [number, number], to: readonly [number, number]): PixelShape {
  const [x0, x1] = [from[0], to[0]].sort((a, b) => a - b).map(Math.round) as [number, number];
  const [y0, y1] = [from[1], to[1]].sort((a, b) => a - b).map(Math.round) as [number, number];
  return {
    shape: "box",
    x: (x0 + x1) / 2,
    y: (y0 + y1) / 2,
    lengths: [x1 - x0 + 1, y1 - y0 + 1],
    angle: 0,
  };
}

/** The circle around a place through another one, to a hundredth of a pixel; at least one pixel wide. */
export function drawnCircle(
  center: readonly [number, number],
  through: readonly [number, number],
): PixelShape {
  const radius = Math.hypot(through[0] - center[0], through[1] - center[1]);
  return {
    shape: "circle",
    x: hundredths(center[0]),
    y: hundredths(center[1]),
    lengths: [Math.max(0.5, hundredths(radius))],
    angle: 0,
  };
}

export const hundredths = (value: number): number => Math.round(value * 100) / 100;

/** Moved by pixels. */
export function moved(region: PixelShape, dx: number, dy: number): PixelShape {
  return { ...region, x: region.x + dx, y: region.y + dy };
}

/** All lengths longer by pixels; none is shorter than one pixel. */
export function grown(region: PixelShape, by: number): PixelShape {
  const step = region.shape === "box" ? 2 * by : by;
  return { ...region, lengths: region.lengths.map((length) => Math.max(Math.min(length, 1), length + step)) };
}

/** As large as it takes to have the handle at a place: the corner of a box, the outer edge of a round region. */
export function stretchedTo(region: PixelShape, px: number, py: number): PixelShape {
  const { shape, x, y, lengths, angle } = region;
  const [u, v] = turnedBack(px - x, py - y, angle);
  const least = 0.5;
  switch (shape) {
    case "point":
      return region;
    case "circle":
      return { ...region, lengths: [Math.max(least, hundredths(Math.hypot(u, v)))] };
    case "annulus": {
      const factor = Math.max(least, Math.hypot(u, v)) / Math.max(lengths.at(-1)!, 1e-9);
      return { ...region, lengths: lengths.map((length) => hundredths(length * factor)) };
    }
    case "ellipse": {
      // The handle stands at 45 degrees.
      const root = Math.SQRT2;
      return {
        ...region,
        lengths: [u, v].map((offset) => Math.max(least, hundredths(Math.abs(offset) * root))),
      };
    }
    case "box":
      return { ...region, lengths: [u, v].map((offset) => Math.max(1, Math.round(Math.abs(offset) * 2))) };
  }
}

/** Where the handle that resizes a region stands; undefined of points. */
export function handleOf({ shape, x, y, lengths, angle }: PixelShape): readonly [number, number] | undefined {
  const at = (u: number, v: number): readonly [number, number] => {
    const [cos, sin] = [Math.cos(angle * degree), Math.sin(angle * degree)];
    return [x + u * cos - v * sin, y + u * sin + v * cos];
  };
  const [a = 0, b = 0] = lengths;
  switch (shape) {
    case "point":
      return undefined;
    case "circle":
    case "annulus": {
      const part = lengths.at(-1)! * Math.SQRT1_2;
      return [x + part, y + part];
    }
    case "ellipse":
      return at(a * Math.SQRT1_2, b * Math.SQRT1_2);
    case "box":
      return at(a / 2, b / 2);
  }
}
