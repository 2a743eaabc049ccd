/** Regions as plain data: what ds9 writes of circles, boxes, ellipses, annuli and points. */

export type Shape = "circle" | "box" | "ellipse" | "annulus" | "point";

/** `image`: pixels of the image, the first one is 1, 1. The others are positions on the sky, in degrees. */
export type RegionFrame = "image" | "icrs" | "fk5" | "fk4" | "galactic" | "ecliptic";
export const regionFrames: readonly RegionFrame[] = ["image", "icrs", "fk5", "fk4", "galactic", "ecliptic"];

export type LengthUnit = "pixel" | "arcsec" | "arcmin" | "deg";

export interface Length {
  readonly value: number;
  readonly unit: LengthUnit;
}

export interface Region {
  readonly shape: Shape;
  readonly frame: RegionFrame;
  readonly center: readonly [number, number];
  /** Of a circle its radius; of a box width and height; of an ellipse both radii; of an annulus two radii or more. */
  readonly lengths: readonly Length[];
  /** Degrees, of boxes and ellipses, from the x axis (on the sky: from the west) toward the y axis (the north). */
  readonly angle: number;
  /** Written with a minus: what ds9 leaves out. */
  readonly excluded: boolean;
  /** What stands beside the region. */
  readonly text: string;
  /** As ds9 names it; empty: the default. */
  readonly color: string;
}

/** How many lengths a shape has; more of an annulus. */
export const lengthCounts: Readonly<Record<Shape, number>> = {
  circle: 1,
  box: 2,
  ellipse: 2,
  annulus: 2,
  point: 0,
};

/** A region in pixels of an image: 0-based, pixel centers whole. */
export interface PixelShape {
  readonly shape: Shape;
  readonly x: number;
  readonly y: number;
  readonly lengths: readonly number[];
  /** Degrees from +x toward +y. */
  readonly angle: number;
}

/** A region in pixels of the image, as ds9 writes these. */
export function imageRegion({ shape, x, y, lengths, angle }: PixelShape): Region {
  return {
    shape,
    frame: "image",
    center: [x + 1, y + 1],
    lengths: lengths.map((value) => ({ value, unit: "pixel" })),
    angle,
    excluded: false,
    text: "",
    color: "",
  };
}
