/** Regions on the sky as pixels of an image, and back. */
import { directionsAt } from "fitslice/plot";
import { type Celestial, orientationAt } from "fitslice/wcs";
import { type PictureSky, pictureSky } from "../sky/picture-sky.js";
import { imageRegion, type Length, type PixelShape, type Region, type RegionFrame } from "./region.js";

const degree = Math.PI / 180;
const inDegrees: Readonly<Record<Length["unit"], number>> = {
  pixel: Number.NaN,
  arcsec: 1 / 3600,
  arcmin: 1 / 60,
  deg: 1,
};

/**
 * A region in pixels, with its center right and its lengths by the scale at the center; undefined where the image has no sky,
 * or not this place of it.
 */
export function placed(region: Region, celestial: Celestial | undefined): PixelShape | undefined {
  const { shape, frame, center, lengths, angle } = region;
  const isSky = frame !== "image";
  if (!isSky && lengths.every(({ unit }) => unit === "pixel"))
    return { shape, x: center[0] - 1, y: center[1] - 1, lengths: lengths.map(({ value }) => value), angle };
  const sky = pictureSky(celestial, isSky ? frame : "header");
  const pixel = isSky ? sky?.toPixel(...center) : ([center[0] - 1, center[1] - 1] as const);
  const local = sky && pixel && localSky(sky, ...pixel);
  if (!pixel || !local) return undefined;
  const isTurned = shape === "box" || shape === "ellipse";
  const turned = isSky && isTurned ? local.toPixelAngle(angle) : angle;
  const inPixels = lengths.map(({ value, unit }, i) => {
    const along = isTurned ? turned + (i === 0 ? 0 : 90) : undefined;
    return unit === "pixel" ? value : (value * inDegrees[unit]) / local.scaleAlong(along);
  });
  return { shape, x: pixel[0], y: pixel[1], lengths: inPixels, angle: turned };
}

/** The same in another frame, lengths in arcseconds; undefined where the image has no sky there. */
export function inFrame(
  shape: PixelShape,
  frame: RegionFrame,
  celestial: Celestial | undefined,
): Region | undefined {
  const region = imageRegion(shape);
  if (frame === "image") return region;
  const sky = pictureSky(celestial, frame);
  const center = sky?.toSky(shape.x, shape.y);
  const local = sky && localSky(sky, shape.x, shape.y);
  if (!center || !local || sky.celestial.frame.name === "unknown") return undefined;
  const isTurned = shape.shape === "box" || shape.shape === "ellipse";
  return {
    ...region,
    frame,
    center,
    lengths: shape.lengths.map((value, i) => {
      const along = isTurned ? shape.angle + (i === 0 ? 0 : 90) : undefined;
      return { value: value * local.scaleAlong(along) * 3600, unit: "arcsec" };
    }),
    angle: isTurned ? local.toSkyAngle(shape.angle) : 0,
  };
}

interface LocalSky {
  /** Degrees a pixel along a direction of the image; without one the mean. */
  scaleAlong(angle: number | undefined): number;
  toPixelAngle(angle: number): number;
  toSkyAngle(angle: number): number;
}

function localSky(sky: PictureSky, x: number, y: number): LocalSky | undefined {
  const directions = directionsAt(sky, [x, y]);
  const scale = orientationAt(sky.celestial, x, y)?.scale;
  if (!directions) return undefined;
  const [sx, sy] = scale ?? [directions.degreesPerUnit, directions.degreesPerUnit];
  const scaleAlong = (angle: number | undefined): number =>
    angle === undefined
      ? Math.sqrt(sx * sy)
      : Math.hypot(sx * Math.cos(angle * degree), sy * Math.sin(angle * degree));
  // Pixels for one degree to the west and to the north.
  const vector = ([dx, dy]: readonly [number, number], sign: number): readonly [number, number] => {
    const length = Math.hypot(sx * dx, sy * dy);
    return [(sign * dx) / length, (sign * dy) / length];
  };
  const west = vector(directions.east, -1);
  const north = vector(directions.north, 1);
  const determinant = west[0] * north[1] - west[1] * north[0];
  return {
    scaleAlong,
    toPixelAngle(angle) {
      const [w, n] = [Math.cos(angle * degree), Math.sin(angle * degree)];
      return round(Math.atan2(w * west[1] + n * north[1], w * west[0] + n * north[0]) / degree);
    },
    toSkyAngle(angle) {
      const [dx, dy] = [Math.cos(angle * degree), Math.sin(angle * degree)];
      const w = (dx * north[1] - dy * north[0]) / determinant;
      const n = (dy * west[0] - dx * west[1]) / determinant;
      return round(Math.atan2(n, w) / degree);
    },
  };
}

/** Within 0 to 360; what differs from a whole turn by rounding alone is none. */
function round(angle: number): number {
  const turn = ((angle % 360) + 360) % 360;
  return 360 - turn < 1e-9 ? 0 : turn;
}
