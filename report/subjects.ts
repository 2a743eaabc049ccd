/**
 * What is read, and how: an image, a cube and a catalog, each kept in many formats, and the patterns by which science
 * asks for parts of them.
 */
import { seeded } from "../test/servers/content.js";
import type { Box, Want } from "./job.js";

export interface Pattern {
  readonly name: string;
  readonly title: string;
  readonly want: Want;
  /** Index of the HDU, where it is another one than that of the image. */
  readonly hdu?: number;
  /** Set where more cutouts of one size are asked for: their number. */
  readonly cutouts?: number;
  /** Pixels on a side. */
  readonly side?: number;
}

export interface Subject {
  readonly name: string;
  readonly title: string;
  /** In C order; rows and columns of a table. */
  readonly shape: readonly number[];
  /** Bytes of a pixel, or of a value of the column. */
  readonly itemSize: number;
  /** Side of a chunk of the formats that have chunks; rows of one, of a table. */
  readonly chunk: number;
  readonly patterns: readonly Pattern[];
}

export const headerPattern: Pattern = { name: "header", title: "header only", want: { kind: "header" } };

/** The three subjects; those of a smoke run are small. */
export function subjects(smoke: boolean, size: number): readonly Subject[] {
  const depth = smoke ? 32 : 256;
  return [imageSubject(smoke ? 512 : size, smoke), cubeSubject(depth), tableSubject(smoke ? 2000 : 200_000)];
}

export function imageSubject(size: number, smoke: boolean): Subject {
  const shape = [size, size];
  const sides = smoke ? [40, 200] : [40, 200, 2000];
  const numbers = smoke ? [1, 20] : [1, 20, 1000];
  const cuts = sides.flatMap((side) =>
    numbers.filter((n) => n * side * side <= 8 * size * size).map((n) => cutouts(shape, n, side)),
  );
  const [middle, all] = [Math.floor(size / 2), [0, size] as const];
  return {
    name: "image",
    title: `an int16 image of ${size} x ${size} pixels`,
    shape,
    itemSize: 2,
    chunk: smoke ? 128 : 512,
    patterns: [
      headerPattern,
      ...cuts,
      boxes("row", "one row", [[middle, middle + 1], all]),
      boxes("column", "one column", [all, [middle, middle + 1]]),
      boxes("whole", "whole image", [all, all]),
    ],
  };
}

function cubeSubject(depth: number): Subject {
  const shape = [depth, depth, depth];
  const [middle, all] = [Math.floor(depth / 2), [0, depth] as const];
  const one = [middle, middle + 1] as const;
  return {
    name: "cube",
    title: `a float32 cube of ${depth} x ${depth} x ${depth} pixels`,
    shape,
    itemSize: 4,
    chunk: depth / 4,
    patterns: [
      headerPattern,
      boxes("spectrum", "one spectrum", [all, one, one]),
      boxes("row", "one row", [one, one, all]),
      boxes("column", "one column", [one, all, one]),
      boxes("plane", "one plane", [one, all, all]),
      boxes("whole", "whole cube", [all, all, all]),
    ],
  };
}

function tableSubject(rows: number): Subject {
  return {
    name: "table",
    title: `a catalog of ${rows} rows and 30 columns`,
    shape: [rows, 30],
    itemSize: 4,
    chunk: Math.ceil(rows / 4),
    patterns: [{ name: "one column", title: "one float32 column", want: { kind: "column", column: "MAG7" } }],
  };
}

function boxes(name: string, title: string, box: Box): Pattern {
  return { name, title, want: { kind: "boxes", boxes: [box] } };
}

/** So many square cutouts, in the last two axes, at random places that are the same for every reader. */
export function cutouts(shape: readonly number[], count: number, side: number): Pattern {
  const random = seeded(count * 10_000 + side);
  const [height, width] = shape as [number, number];
  const start = (length: number): number => Math.floor(random() * (length - side));
  const all = Array.from({ length: count }, () => {
    const [y, x] = [start(height), start(width)];
    return [
      [y, y + side],
      [x, x + side],
    ] as const;
  });
  return {
    name: `${count} x ${side}`,
    title: `${count} ${count === 1 ? "cutout" : "cutouts"} of ${side} x ${side}`,
    want: { kind: "boxes", boxes: all },
    cutouts: count,
    side,
  };
}

/** Bytes of the values that a pattern asks for, uncompressed; 0 of a header. */
export function valueBytes({ shape, itemSize }: Subject, { want }: Pattern): number {
  if (want.kind === "header") return 0;
  if (want.kind === "column") return shape[0]! * itemSize;
  // Boxes that overlap are read once; no more than the image is needed.
  const asked = want.boxes.reduce((sum, box) => sum + box.reduce((n, [from, to]) => n * (to - from), 1), 0);
  return (
    itemSize *
    Math.min(
      asked,
      shape.reduce((n, length) => n * length, 1),
    )
  );
}

/** Bytes of whole rows from the first to the last pixel of the largest box: what one block must hold. */
export function spanOf({ shape, itemSize }: Subject, { want }: Pattern): number {
  if (want.kind !== "boxes") return 100_000;
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((n, length) => n * length, itemSize));
  const spans = want.boxes.map((box) =>
    box.reduce((sum, [from, to], i) => sum + (to - 1 - from) * strides[i]!, itemSize),
  );
  return Math.min(64e6, Math.max(65_536, ...spans));
}
