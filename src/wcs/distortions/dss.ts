/**
 * Plate solutions of the Digitized Sky Survey: a polynomial from pixels of the scan to the tangent plane (Astrometric
 * calibration in the STScI's Guide Star Catalog; keywords of the DSS headers).
 */

import { FitsError } from "../../errors.js";
import type { Header } from "../../header/header.js";
import { coefficient } from "./coefficient.js";
import type { Distortion } from "./distortion.js";
import { distortionOf } from "./plane-map.js";
import { addCoefficient, polynomialTerm } from "./polynomial.js";

/** A plate solution, which replaces CRPIX, CD or CDELT, and CRVAL. */
export interface DssPlate {
  /** From 1-based pixels to the tangent plane, degrees: x is xi, to the east, y is eta, to the north. */
  readonly distortion: Distortion;
  /** The center of the plate, where the plane touches the sky: J2000 right ascension and declination, degrees. */
  readonly center: readonly [lon: number, lat: number];
}

/** Powers of X and Y in the terms of AMDX1 to AMDX13; those of AMDY stand for Y and X. */
const plateTerms: readonly (readonly (readonly [p: number, q: number, factor: number])[])[] = [
  [[1, 0, 1]],
  [[0, 1, 1]],
  [[0, 0, 1]],
  [[2, 0, 1]],
  [[1, 1, 1]],
  [[0, 2, 1]],
  [
    [2, 0, 1],
    [0, 2, 1],
  ],
  [[3, 0, 1]],
  [[2, 1, 1]],
  [[1, 2, 1]],
  [[0, 3, 1]],
  [
    [3, 0, 1],
    [1, 2, 1],
  ],
  [
    [5, 0, 1],
    [3, 2, 2],
    [1, 4, 1],
  ],
];

const needed = [
  ...["PPO3", "PPO6", "XPIXELSZ", "YPIXELSZ", "CNPIX1", "CNPIX2", "AMDX1", "AMDY1"],
  ...["PLTRAH", "PLTRAM", "PLTRAS", "PLTDECD", "PLTDECM", "PLTDECS"],
] as const;

/**
 * The plate solution of a header; `undefined` where the header has none, or not all of it (with a warning). Throws BAD_HEADER
 * for keywords that are no numbers and pixels of no size. The inverse is good to 1e-9 pixel.
 */
export function dssPlate(header: Header, warnings: string[]): DssPlate | undefined {
  if (!header.has("AMDX1") || !header.has("PLTRAH")) return undefined;
  const absent = needed.filter((keyword) => coefficient(header, keyword) === undefined);
  if (absent.length > 0) {
    warnings.push(`the DSS plate solution is ignored: the header has no ${absent.join(", ")}`);
    return undefined;
  }
  return { distortion: plateDistortion(header), center: plateCenter(header) };
}

function plateDistortion(header: Header): Distortion {
  const number = (keyword: string): number => coefficient(header, keyword)!;
  const sizeX = number("XPIXELSZ");
  const sizeY = number("YPIXELSZ");
  if (sizeX === 0 || sizeY === 0) {
    throw new FitsError(
      "BAD_HEADER",
      "XPIXELSZ or YPIXELSZ is 0; the pixels of a plate scan have a size in microns",
    );
  }
  // X = (PPO3 - XPIXELSZ (x + CNPIX1 - 0.5)) / 1000 and Y = (YPIXELSZ (y + CNPIX2 - 0.5) - PPO6) / 1000, in mm.
  const origin = [
    number("PPO3") / sizeX - number("CNPIX1") + 0.5,
    number("PPO6") / sizeY - number("CNPIX2") + 0.5,
  ] as const;
  const options = { origin, scale: [-sizeX / 1000, sizeY / 1000] } as const;
  const plate = polynomialTerm(plateCoefficients(header, "AMDX"), plateCoefficients(header, "AMDY"), options);
  const middle = polynomialTerm([[origin[0]]], [[origin[1]]]);
  return distortionOf(
    "DSS",
    { displaces: false, terms: plate ? [plate] : [] },
    { lastStep: 1e-5, guess: { displaces: false, terms: middle ? [middle] : [] } },
  );
}

/** In degrees; the header's are arcseconds. */
function plateCoefficients(header: Header, name: "AMDX" | "AMDY"): number[][] {
  const coefficients: number[][] = [];
  for (const [i, powers] of plateTerms.entries()) {
    const value = (coefficient(header, `${name}${i + 1}`) ?? 0) / 3600;
    for (const [p, q, factor] of powers) {
      if (name === "AMDX") addCoefficient(coefficients, p, q, value * factor);
      else addCoefficient(coefficients, q, p, value * factor);
    }
  }
  return coefficients;
}

function plateCenter(header: Header): [number, number] {
  const sexagesimal = (...keywords: string[]): number =>
    keywords.reduce((sum, keyword, i) => sum + (coefficient(header, keyword) ?? 0) / 60 ** i, 0);
  const lat = sexagesimal("PLTDECD", "PLTDECM", "PLTDECS");
  const isSouth = String(header.get("PLTDECSN") ?? "")
    .trim()
    .startsWith("-");
  return [15 * sexagesimal("PLTRAH", "PLTRAM", "PLTRAS"), isSouth ? -lat : lat];
}
