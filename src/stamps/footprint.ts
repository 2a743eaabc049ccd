/**
 * Footprints: where images lie on the sky, under the names of ObsCore (IVOA, ObsCore 1.1), made from headers alone.
 */
import { checkImage, checkSky, checkText } from "../argument.js";
import type { ImageHdu } from "../hdu/image.js";
import { footprint, imageSize } from "../wcs/footprint.js";
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
  /** `POLYGON ICRS` and the corners, half a pixel beyond the centers of the corner pixels. */
  readonly s_region: string;
  readonly naxis1: number;
  readonly naxis2: number;
  /** Arcseconds per pixel, the mean of both axes. */
  readonly scale: number;
}

/**
 * The footprint of an image; undefined where it has none: no center or corner on the sky, or a frame that is not of the
 * sky.
 *
 * @param url where the file is, as the table is to say it
 */
export function footprintOf(hdu: ImageHdu, celestial: Celestial, url: string): Footprint | undefined {
  checkImage(hdu, "hdu");
  checkSky(celestial);
  checkText(url, "the address of the file");
  if (celestial.frame.name === "unknown") return undefined;
  const [naxis1, naxis2] = imageSize(celestial, hdu.shape);
  const center = celestial.toSky((naxis1 - 1) / 2, (naxis2 - 1) / 2);
  const corners = footprint(celestial, hdu.shape);
  const points = [center, ...corners].filter((point): point is SkyPoint => point !== null);
  if (points.length < corners.length + 1 || naxis1 === 0 || naxis2 === 0) return undefined;
  const { lon, lat } = convertFrame(
    Float64Array.from(points, ([longitude]) => longitude),
    Float64Array.from(points, ([, latitude]) => latitude),
    celestial.frame,
    { name: "icrs" },
  );
  const radius = Math.max(...points.map((_, i) => distance(lon[0]!, lat[0]!, lon[i]!, lat[i]!)));
  const region = points.slice(1).map((_, i) => `${lon[i + 1]} ${lat[i + 1]}`);
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
