/**
 * Footprints: where images lie on the sky, under the names of ObsCore (IVOA, ObsCore 1.1), made from headers alone.
 */
import { checkImage, checkSky, checkText } from "../argument.js";
import type { ImageHdu } from "../hdu/image.js";
import { imageSize } from "../wcs/footprint.js";
import { convertFrame } from "../wcs/frames/convert.js";
import type { Celestial, SkyPoint } from "../wcs/wcs.js";
import { healpix29 } from "./healpix.js";
import { distance } from "./sky-index.js";

/** One image on the sky. Positions are ICRS, degrees. */
export interface Footprint {
  /** The pixel of the center, by which tables of footprints are sorted. */
  readonly _healpix_29: bigint;
  readonly access_url: string;
  readonly hdu: number;
  readonly extname: string;
  readonly s_ra: number;
  readonly s_dec: number;
  /** Diameter of the circle around the center that holds the image. */
  readonly s_fov: number;
  /**
   * `POLYGON ICRS` and the corners, half a pixel beyond the centers of the corner pixels; of sides that are no great
   * circles, points between them.
   */
  readonly s_region: string;
  readonly naxis1: number;
  readonly naxis2: number;
  /** Arcseconds per pixel, the mean of both axes. */
  readonly scale: number;
}

/** Degrees from the center to the farthest point: of a wider image `depth` cannot tell where targets lie. */
const mostRadius = 45;

/**
 * The footprint of an image; undefined where it has none: center or edges not on the sky, more than 45 degrees from the
 * center to a corner, or a frame that is not of the sky.
 *
 * @param url where the file is, as the table is to say it
 */
export function footprintOf(hdu: ImageHdu, celestial: Celestial, url: string): Footprint | undefined {
  checkImage(hdu, "hdu");
  checkSky(celestial);
  checkText(url, "the address of the file");
  if (celestial.frame.name === "unknown") return undefined;
  const [naxis1, naxis2] = imageSize(celestial, hdu.shape);
  if (naxis1 === 0 || naxis2 === 0) return undefined;
  const points = [celestial.toSky((naxis1 - 1) / 2, (naxis2 - 1) / 2), ...outline(celestial, naxis1, naxis2)];
  if (!points.every((point) => point !== null)) return undefined;
  const { lon, lat } = convertFrame(
    Float64Array.from(points, ([longitude]) => longitude),
    Float64Array.from(points, ([, latitude]) => latitude),
    celestial.frame,
    { name: "icrs" },
  );
  const radius = Math.max(...points.map((_, i) => distance(lon[0]!, lat[0]!, lon[i]!, lat[i]!)));
  if (radius > mostRadius) return undefined;
  const edge = points.slice(1).map((_, i) => [lon[i + 1]!, lat[i + 1]!] as const);
  const region = withoutStraight(edge).map(([ra, dec]) => `${ra} ${dec}`);
  const { scale, reference: _ } = celestial;
  return {
    _healpix_29: healpix29(lon[0]!, lat[0]!),
    access_url: url,
    hdu: hdu.index,
    extname: hdu.name,
    s_ra: lon[0]!,
    s_dec: lat[0]!,
    s_fov: 2 * radius,
    s_region: `POLYGON ICRS ${region.join(" ")}`,
    naxis1,
    naxis2,
    scale: 1800 * (scale[0] + scale[1]),
  };
}

/** Points of each side of an image, the first one its corner. */
const perSide = 16;

/** Where the edge of an image lies: its corners in the order of `footprint`, and points between them. */
function outline(celestial: Celestial, nx: number, ny: number): (SkyPoint | null)[] {
  const corners = [
    [-0.5, -0.5],
    [-0.5, ny - 0.5],
    [nx - 0.5, ny - 0.5],
    [nx - 0.5, -0.5],
  ] as const;
  return corners.flatMap(([x, y], i) => {
    const [toX, toY] = corners[(i + 1) % 4]!;
    return Array.from({ length: perSide }, (_, k) =>
      celestial.toSky(x + ((toX - x) * k) / perSide, y + ((toY - y) * k) / perSide),
    );
  });
}

/** A side bends where its middle lies farther from a great circle than this part of its length. */
const bend = 0.005;

/** The corners, and of each side that bends the points between: the sides of a polygon are great circles. */
function withoutStraight(points: readonly SkyPoint[]): SkyPoint[] {
  return [0, 1, 2, 3].flatMap((side) => {
    const own = points.slice(side * perSide, (side + 1) * perSide);
    const [from, middle, to] = [own[0]!, own[perSide / 2]!, points[((side + 1) * perSide) % points.length]!];
    const off = distance(...middle, ...between(from, to));
    return off > bend * distance(...from, ...to) ? own : [from];
  });
}

/** The middle of the great circle from one position to another. */
function between(from: SkyPoint, to: SkyPoint): SkyPoint {
  const degree = Math.PI / 180;
  const [x, y, z] = [0, 1, 2].map((axis) =>
    [from, to].reduce((sum, [lon, lat]) => {
      const cos = Math.cos(lat * degree);
      return (
        sum + [cos * Math.cos(lon * degree), cos * Math.sin(lon * degree), Math.sin(lat * degree)][axis]!
      );
    }, 0),
  ) as [number, number, number];
  return [Math.atan2(y, x) / degree, Math.atan2(z, Math.hypot(x, y)) / degree];
}
