/**
 * What CTYPE says of an axis: longitude or latitude of which coordinates, in which projection (FITS Paper II, 3.1).
 */

/** One celestial axis, as its CTYPE names it. */
export interface CelestialType {
  readonly kind: "longitude" | "latitude";
  /** Which coordinates: `RA` of RA and DEC; `G`, `E`, `S` ... of xLON; two letters of yzLN. */
  readonly system: string;
  /** The three letters of the projection; empty for a linear axis. */
  readonly projection: string;
  /** The three letters of the distortion behind it: `SIP`; or empty. */
  readonly distortion: string;
  /** How CTYPE should have been written, where it was not. */
  readonly mended?: string;
}

const form = /^([A-Z][A-Z0-9]{1,3}?)[-_]*(?:[-_]+([A-Z0-9]{3})(?:-([A-Z]{3}))?)?$/;

/** Reads the CTYPE of a celestial axis, leniently: of either case, with any number of hyphens. Undefined of other axes. */
export function celestialType(ctype: string): CelestialType | undefined {
  const text = ctype.trim().toUpperCase();
  const match = form.exec(text);
  const name = match && sideOf(match[1]!);
  if (!name) return undefined;
  const [, stem = "", projection = "", distortion = ""] = match;
  // Without a projection a hyphen says nothing.
  const standard = projection ? `${stem.padEnd(4, "-")}-${projection}${distortion && `-${distortion}`}` : stem;
  return { ...name, projection, distortion, ...(standard !== ctype.trim() && { mended: standard }) };
}

function sideOf(stem: string): Pick<CelestialType, "kind" | "system"> | undefined {
  if (stem === "RA") return { kind: "longitude", system: "RA" };
  if (stem === "DEC") return { kind: "latitude", system: "RA" };
  const side = /^(?:([A-Z])(LON|LAT)|([A-Z0-9]{2})(LN|LT))$/.exec(stem);
  if (!side) return undefined;
  const kind = /LON|LN/.test(side[2] ?? side[4]!) ? "longitude" : "latitude";
  return { kind, system: side[1] ?? side[3]! };
}
