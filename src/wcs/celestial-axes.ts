/**
 * The pair of axes of a header that are longitude and latitude, and what their CTYPEs say (FITS Paper II, 3.1).
 */
import { FitsError, printable } from "../errors.js";
import { axisKind, ctypeParts } from "./axes/kind.js";

export interface CelestialAxes {
  /** World axes, 0-based. */
  readonly lon: number;
  readonly lat: number;
  /** CTYPE of the longitude before the hyphens: `RA`, `GLON`. */
  readonly longitude: string;
  /** The three letters of the projection; empty of linear axes. */
  readonly projection: string;
  /** Letters of the distortion, which follow the projection in CTYPE: `SIP`; or empty. */
  readonly distortion: string;
}

/**
 * The celestial axes among those with these CTYPEs; undefined where there are none. Spellings that wcslib refuses are told
 * in `warnings`. Throws BAD_HEADER where a longitude has no latitude that goes with it, or the reverse, though a projection
 * is named; and for several pairs.
 */
export function findCelestial(ctypes: readonly string[], warnings: string[]): CelestialAxes | undefined {
  const found = ctypes.flatMap((ctype, axis) => {
    const kind = axisKind(ctype);
    const parts = ctypeParts(ctype);
    // Positions listed in a table are two of the other axes: they have no projection.
    if (parts.algorithm === "TAB") return [];
    return kind === "longitude" || kind === "latitude" ? [{ axis, kind, ctype, ...parts }] : [];
  });
  const projected = found.filter(({ algorithm }) => algorithm !== "");
  // Linear celestial axes may lack their partner: they are linear axes like others then.
  const pair = projected.length > 0 ? projected : found;
  if (pair.length === 0) return undefined;
  const lon = pair.filter(({ kind }) => kind === "longitude");
  const lat = pair.filter(({ kind }) => kind === "latitude");
  if (lon.length > 1 || lat.length > 1)
    throw refused(pair, "one longitude and one latitude make a celestial WCS");
  const [first, second] = [lon[0], lat[0]];
  if (!first || !second) {
    if (projected.length === 0) return undefined;
    throw refused(pair, `the ${first ? "latitude" : "longitude"} that goes with it is missing`);
  }
  if (partner(first.quantity) !== second.quantity || first.algorithm !== second.algorithm) {
    if (projected.length === 0) return undefined;
    throw refused(pair, "they do not belong together");
  }
  for (const { axis, ctype, ...parts } of [first, second]) {
    const proper = properCtype(parts);
    if (ctype !== proper) warnings.push(`CTYPE${axis + 1} '${printable(ctype)}' is read as '${proper}'`);
  }
  return {
    lon: first.axis,
    lat: second.axis,
    longitude: first.quantity,
    projection: first.algorithm,
    distortion: first.distortion || second.distortion,
  };
}

function partner(longitude: string): string {
  return longitude === "RA" ? "DEC" : longitude.replace(/LON$/, "LAT").replace(/LN$/, "LT");
}

function properCtype({ quantity, algorithm, distortion }: Omit<ReturnType<typeof ctypeParts>, "">): string {
  if (algorithm === "") return quantity;
  return `${quantity.padEnd(4, "-")}-${algorithm}${distortion && `-${distortion}`}`;
}

function refused(axes: readonly { readonly axis: number; readonly ctype: string }[], why: string): FitsError {
  const shown = axes.map(({ axis, ctype }) => `CTYPE${axis + 1} = '${ctype}'`).join(", ");
  return new FitsError("BAD_HEADER", `${shown}: ${why}`);
}
