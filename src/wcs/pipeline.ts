/**
 * All axes of a WCS together: distortion of pixels, the linear part, then the sky and each other axis on its own.
 */
import type { AxisTransform } from "./axes/axis.js";
import { eachBlock, lengthOf, scratchArrays } from "./blocks.js";
import { distort, type SkyParts, undistort } from "./celestial.js";
import type { Linear } from "./linear.js";
import type { Wcs } from "./wcs.js";

export interface PipelineParts {
  /** Its CRPIX are counted from `firstPixel`. */
  readonly linear: Linear;
  readonly firstPixel: 0 | 1;
  readonly celestial: SkyParts | undefined;
  /** Of the axes that are not celestial, all of them. */
  readonly others: readonly AxisTransform[];
  /** The world axis that counts the faces of a cube (Paper II, 5.6): CUBEFACE. */
  readonly face: CubeFace | undefined;
}

/** The axis of cube faces and the number of the face at CRPIX. */
export interface CubeFace {
  readonly axis: number;
  readonly reference: number;
}

type Mapping = (source: readonly Float64Array[], target: readonly Float64Array[], n: number) => void;

/** `toWorld` and `toPixel` of a WCS. */
export function pipelineOf({
  linear,
  firstPixel,
  celestial,
  others,
  face,
}: PipelineParts): Pick<Wcs, "toWorld" | "toPixel"> {
  const count = linear.crpix.length;
  const [lon, lat] = celestial?.worldAxes ?? [0, 0];
  const [px, py] = celestial?.pixelAxes ?? [0, 0];

  const toWorld: Mapping = (pixels, world, n) => {
    if (celestial) undistort(celestial.pixelDistortions, pixels[px]!, pixels[py]!, n);
    linear.toIntermediate(pixels, world, n);
    if (celestial) {
      if (face) layOut(face, world, lon, lat, n);
      celestial.sky.toSky(world[lon]!, world[lat]!, n);
    }
    for (const other of others) other.toWorld(pick(world, other.axes), n);
  };

  const toPixel: Mapping = (world, pixels, n) => {
    for (const other of others) other.toIntermediate(pick(world, other.axes), n);
    if (celestial) {
      celestial.sky.toPlane(world[lon]!, world[lat]!, n);
      if (face) foldUp(face, world, lon, lat, n);
    }
    linear.toPixel(world, pixels, n);
    if (celestial) distort(celestial.pixelDistortions, pixels[px]!, pixels[py]!, n);
  };

  /** Runs a mapping over new arrays, with `before` added to all that goes in, and `after` to what comes out. */
  function run(map: Mapping, given: readonly Float64Array[], before: number, after: number): Float64Array[] {
    const length = lengthOf(given, count);
    const results = given.map(() => new Float64Array(length));
    const source = scratchArrays(count);
    const target = scratchArrays(count, count);
    eachBlock(length, (start, n) => {
      for (const [axis, values] of given.entries()) {
        const into = source[axis]!;
        for (let i = 0; i < n; i++) into[i] = values[start + i]! + before;
      }
      map(source, target, n);
      for (const [axis, values] of results.entries()) {
        const from = target[axis]!;
        for (let i = 0; i < n; i++) values[start + i] = from[i]! + after;
      }
    });
    return results;
  }

  return {
    toWorld: (pixels) => run(toWorld, pixels, firstPixel, 0),
    toPixel: (world) => run(toPixel, world, 0, -firstPixel),
  };
}

function pick(arrays: readonly Float64Array[], axes: readonly number[]): Float64Array[] {
  return axes.map((axis) => arrays[axis]!);
}

/** Where the middle of each face lies in the plane, in degrees. */
const faces: readonly (readonly [x: number, y: number])[] = [
  [0, 90],
  [0, 0],
  [90, 0],
  [180, 0],
  [270, 0],
  [0, -90],
];

/** Puts points of single faces to their places in the plane; the axis of faces becomes the number of the face. */
function layOut(face: CubeFace, world: readonly Float64Array[], lon: number, lat: number, n: number): void {
  const [x, y, number] = [world[lon]!, world[lat]!, world[face.axis]!];
  for (let i = 0; i < n; i++) {
    const value = number[i]! + face.reference;
    const middle = faces[Math.round(value)];
    number[i] = middle ? value - face.reference : Number.NaN;
    x[i] = middle ? x[i]! + middle[0] : Number.NaN;
    y[i] = middle ? y[i]! + middle[1] : Number.NaN;
  }
}

/** The way back; which face a point lies on follows from the sky, whatever number was given. */
function foldUp(face: CubeFace, world: readonly Float64Array[], lon: number, lat: number, n: number): void {
  const [x, y, number] = [world[lon]!, world[lat]!, world[face.axis]!];
  for (let i = 0; i < n; i++) {
    const column = Math.max(0, Math.min(3, Math.round(x[i]! / 90)));
    const which = y[i]! > 45 ? 0 : y[i]! < -45 ? 5 : column + 1;
    const middle = faces[which];
    x[i] = middle ? x[i]! - middle[0] : Number.NaN;
    y[i] = middle ? y[i]! - middle[1] : Number.NaN;
    number[i] = middle ? which - face.reference : Number.NaN;
  }
}
