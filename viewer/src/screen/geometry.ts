/**
 * Where pixels of an image lie on the canvas, which level of texels a view needs, and which pages are in sight. Pure.
 */
import type { Placement, Viewport } from "./screen.types.js";

/** Texels along a side of a page. */
export const pageSide = 256;

/** Half-open, in whole pixels. */
export interface Rect {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** A canvas over an image, in pixels of the device. */
export interface View {
  readonly width: number;
  readonly height: number;
  /** Device pixels a pixel of the image. */
  readonly scale: number;
  /** The pixel, 0-based, in the middle of the canvas. */
  readonly center: readonly [x: number, y: number];
}

/** A page of `pageSide` x `pageSide` texels; those of level k are 2^k x 2^k pixels of the image. */
export interface PageId {
  readonly level: number;
  readonly column: number;
  readonly row: number;
}

/** The coarsest level of an image: one page holds all of it. */
export function coarsestLevel(width: number, height: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(width, height, 1) / pageSide)));
}

/** The level of a view: its texels are no larger than a pixel of the device, and more than half as large. */
export function levelOf(scale: number, coarsest: number): number {
  return Math.min(coarsest, Math.max(0, Math.floor(-Math.log2(scale) + 1e-9)));
}

/** Pixels of an image `width` x `height` that are in sight, if only in part; undefined where none is. */
export function sightOf(
  { width: w, height: h, scale, center: [x, y] }: View,
  width: number,
  height: number,
): Rect | undefined {
  const part = (middle: number, device: number, length: number): [number, number] => {
    const half = device / 2 / scale;
    // A pixel reaches half a pixel beyond its center.
    const from = Math.max(0, Math.floor(middle - half + 0.5 + 1e-6));
    const to = Math.min(length, Math.ceil(middle + half + 0.5 - 1e-6));
    return [from, to];
  };
  const [x0, x1] = part(x, w, width);
  const [y0, y1] = part(y, h, height);
  return x0 < x1 && y0 < y1 ? { x0, y0, x1, y1 } : undefined;
}

/** The pages of a level that a rectangle of the image touches, those in its middle first. */
export function pagesIn(rect: Rect, level: number): PageId[] {
  const side = pageSide * 2 ** level;
  const pages: { page: PageId; far: number }[] = [];
  const [middleX, middleY] = [(rect.x0 + rect.x1) / 2 / side - 0.5, (rect.y0 + rect.y1) / 2 / side - 0.5];
  for (let row = Math.floor(rect.y0 / side); row * side < rect.y1; row++)
    for (let column = Math.floor(rect.x0 / side); column * side < rect.x1; column++)
      pages.push({
        page: { level, column, row },
        far: (column - middleX) ** 2 + (row - middleY) ** 2,
      });
  return pages.sort((a, b) => a.far - b.far).map(({ page }) => page);
}

/** How many pages `pagesIn` gives. */
export function pageCount(rect: Rect, level: number): number {
  const side = pageSide * 2 ** level;
  const along = (from: number, to: number): number =>
    Math.floor((to - 1) / side) - Math.floor(from / side) + 1;
  return along(rect.x0, rect.x1) * along(rect.y0, rect.y1);
}

/** Where the lower left corner of pixel `[x, y]` lies, in device pixels from the lower left corner of the canvas. */
export function cornerOf({ width, height, scale, center }: View, x: number, y: number): [number, number] {
  return [width / 2 + (x - 0.5 - center[0]) * scale, height / 2 + (y - 0.5 - center[1]) * scale];
}

/** CSS pixels from the upper left corner of a canvas of this size (in CSS pixels), of pixels of the image; and back. */
export function placementOf({ center: [x0, y0], zoom }: Viewport, width: number, height: number): Placement {
  return {
    toCanvas: (x, y) => [width / 2 + (x - x0) * zoom, height / 2 - (y - y0) * zoom],
    toImage: (left, top) => [x0 + (left - width / 2) / zoom, y0 - (top - height / 2) / zoom],
  };
}

/** The part of two rectangles that both have; undefined for none. */
export function overlap(a: Rect, b: Rect): Rect | undefined {
  const part = {
    x0: Math.max(a.x0, b.x0),
    y0: Math.max(a.y0, b.y0),
    x1: Math.min(a.x1, b.x1),
    y1: Math.min(a.y1, b.y1),
  };
  return part.x0 < part.x1 && part.y0 < part.y1 ? part : undefined;
}

export function contains(outer: Rect, inner: Rect): boolean {
  return outer.x0 <= inner.x0 && outer.y0 <= inner.y0 && outer.x1 >= inner.x1 && outer.y1 >= inner.y1;
}

/** A rectangle of level 0 in pixels of level `level`, rounded outward. */
export function atLevel({ x0, y0, x1, y1 }: Rect, level: number): Rect {
  const side = 2 ** level;
  return {
    x0: Math.floor(x0 / side),
    y0: Math.floor(y0 / side),
    x1: Math.ceil(x1 / side),
    y1: Math.ceil(y1 / side),
  };
}
