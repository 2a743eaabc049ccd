/**
 * Which distortions of a header apply, where it holds the keywords of several.
 */
import type { Header } from "../header/header.js";
import type { CelestialAxes } from "./celestial-axes.js";
import type { Distortion } from "./distortions/distortion.js";
import { irafDistortion, zpxParameters } from "./distortions/iraf.js";
import type { LookupUse } from "./distortions/lookup-keywords.js";
import { type LookupTable, lookupDisplacement } from "./distortions/lookup-table.js";
import { type PixelDistortion, pixelDistortion } from "./distortions/pixel.js";
import { readSip } from "./distortions/sip.js";
import { sequentDistortion } from "./distortions/tpd.js";
import { tpv } from "./distortions/tpv.js";
import type { WcsKeywords } from "./keywords.js";
import type { AxisUnit } from "./other-axes.js";

/** A lookup table that a header asks for, read. */
export interface ReadLookup {
  readonly use: LookupUse;
  readonly table: LookupTable;
}

export interface HeaderDistortions {
  /** Of pixels. */
  readonly pixel: PixelDistortion | undefined;
  /** Of intermediate world coordinates. */
  readonly plane: readonly Distortion[];
  /** The projection that remains. */
  readonly projection: string;
  /** PVi_m of longitude and latitude that remain for the projection. */
  readonly pvLon: Parameters;
  readonly pvLat: Parameters;
}

type Parameters = readonly (number | undefined)[];

/** SCAMP's terms begin to differ from parameters of a projection there. */
const firstOfScamp = 5;

/**
 * The distortions of the celestial axes. TPV needs no SIP; SIP beats the PV terms that SCAMP writes to TAN; such terms
 * without SIP make TPV of TAN.
 */
export function distortionsOfHeader(
  header: Header,
  keywords: WcsKeywords,
  axes: CelestialAxes,
  units: readonly AxisUnit[],
  lookups: readonly ReadLookup[],
  warnings: string[],
): HeaderDistortions {
  const { lon, lat, projection, distortion } = axes;
  const pvLon = keywords.axes[lon]!.pv;
  const pvLat = keywords.axes[lat]!.pv;
  const numbers = [lon + 1, lat + 1] as const;
  const plain: HeaderDistortions = { pixel: undefined, plane: [], projection, pvLon, pvLat };
  if (distortion !== "" && distortion !== "SIP")
    warnings.push(`the distortion ${distortion} of CTYPE${lon + 1} is not known; ignored`);
  const pixel =
    keywords.place.kind === "image" ? pixelOf(header, keywords, axes, lookups, warnings) : undefined;
  const hasSip = pixel?.kinds.includes("SIP") === true;
  if (distortion === "SIP" && !hasSip)
    warnings.push(`CTYPE${lon + 1} says SIP, but the header has no SIP polynomials of order 2 or more`);

  if (projection === "TNX" || projection === "ZPX") {
    const surface = irafDistortion(header, projection, numbers);
    const isTangent = projection === "TNX";
    return {
      ...plain,
      pixel,
      plane: surface ? [surface] : [],
      projection: isTangent ? "TAN" : "ZPN",
      pvLat: isTangent ? [] : (zpxParameters(header, numbers) ?? pvLat),
    };
  }
  const isScamp = projection === "TAN" && Math.max(pvLon.length, pvLat.length) > firstOfScamp;
  if (projection === "TAN" && hasSip && (isScamp || pvLat.length > 0)) {
    warnings.push("the header has SIP and PV terms of TAN; the PV terms are ignored");
    return { ...plain, pixel, pvLon: [], pvLat: [] };
  }
  if (projection !== "TPV" && !isScamp) {
    const sequent = sequentOf(header, keywords, axes, units, warnings);
    return { ...plain, pixel, plane: sequent ? [sequent] : [] };
  }
  if (isScamp) warnings.push("TAN with PV terms from 5 on is read as TPV");
  return {
    ...plain,
    pixel,
    plane: [tpv(pvLon, pvLat, warnings)],
    projection: "TAN",
    pvLon: [],
    pvLat: [],
  };
}

function sequentOf(
  header: Header,
  { place, alternate, matrix, axes }: WcsKeywords,
  { lon, lat }: CelestialAxes,
  units: readonly AxisUnit[],
  warnings: string[],
): Distortion | undefined {
  if (place.kind !== "image") return undefined;
  const scaleOf = (axis: number): number =>
    (matrix?.kind === "CD" ? 1 : axes[axis]!.cdelt) * units[axis]!.scale;
  const scale = [scaleOf(lon), scaleOf(lat)] as const;
  return sequentDistortion(header, { alternate, axes: [lon + 1, lat + 1], scale }, warnings);
}

function pixelOf(
  header: Header,
  { axes: all }: WcsKeywords,
  { projection }: CelestialAxes,
  lookups: readonly ReadLookup[],
  warnings: string[],
): PixelDistortion | undefined {
  const crpix = [all[0]?.crpix ?? 0, all[1]?.crpix ?? 0] as const;
  let sip = readSip(header, crpix, warnings);
  if (sip && projection === "TPV") {
    warnings.push("the header has SIP and TPV; SIP is ignored");
    sip = undefined;
  }
  return pixelDistortion({
    d2im: lookupDisplacement("D2IM", lookups),
    sip,
    cpdis: lookupDisplacement("CPDIS", lookups),
  });
}
