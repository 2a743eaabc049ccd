/**
 * HEALPix pixels of order 29 in nested order (Górski et al. 2005, ApJ 622, 759): the `_healpix_29` column by which HATS and
 * LSDB tables are sorted.
 */
import { checkArgument } from "../argument.js";

const nside = 2 ** 29;

/** The pixel that holds a position, in degrees: a whole number below 12 * 4^29. The latitude must be from -90 to 90. */
export function healpix29(lon: number, lat: number): bigint {
  for (const given of [lon, lat])
    checkArgument(Number.isFinite(given), "a position", "two numbers, in degrees", given);
  const z = Math.sin((lat * Math.PI) / 180);
  const turns = (((lon % 360) + 360) % 360) / 90;
  const { face, x, y } = Math.abs(z) <= 2 / 3 ? equatorial(z, turns) : polar(z, lat, turns);
  return BigInt(face) * (1n << 58n) + interleaved(x, y);
}

/** One of the twelve faces, and a place in it: x toward the north-east, y toward the north-west. */
interface Place {
  readonly face: number;
  readonly x: number;
  readonly y: number;
}

/** Between the latitudes of +-41.8 degrees pixel edges are lines in z and the longitude (section 5.1). */
function equatorial(z: number, turns: number): Place {
  const along = nside * (0.5 + turns);
  const across = nside * z * 0.75;
  const up = Math.floor(along - across);
  const down = Math.floor(along + across);
  const upFace = Math.floor(up / nside);
  const downFace = Math.floor(down / nside);
  const face = upFace === downFace ? (upFace % 4) + 4 : upFace < downFace ? upFace : downFace + 8;
  return { face, x: down & (nside - 1), y: nside - (up & (nside - 1)) - 1 };
}

/** Around the poles pixel edges are lines in sqrt(1 - |z|) times the longitude. */
function polar(z: number, lat: number, turns: number): Place {
  const quarter = Math.min(3, Math.floor(turns));
  const within = turns - quarter;
  // 1 - |sin(lat)| loses its digits near the pole; sin of half the distance keeps them.
  const root = Math.SQRT2 * Math.sin(((90 - Math.abs(lat)) * Math.PI) / 360);
  const rows = nside * Math.sqrt(3) * root;
  const up = Math.min(nside - 1, Math.floor(within * rows));
  const down = Math.min(nside - 1, Math.floor((1 - within) * rows));
  if (z >= 0) return { face: quarter, x: nside - down - 1, y: nside - up - 1 };
  return { face: quarter + 8, x: up, y: down };
}

/** The bits of x in the even places, those of y in the odd ones. */
function interleaved(x: number, y: number): bigint {
  let all = 0n;
  for (let bit = 28; bit >= 0; bit--) all = (all << 2n) | BigInt(((x >> bit) & 1) | (((y >> bit) & 1) << 1));
  return all;
}
