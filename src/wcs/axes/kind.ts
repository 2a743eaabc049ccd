/**
 * What the letters of a CTYPE say: the quantity, the algorithm, the kind of axis.
 */
import type { AxisKind } from "../wcs.js";

/** CTYPE in parts: `RA---TAN-SIP` is `RA`, `TAN`, `SIP`; `FREQ` is `FREQ` and no algorithm. In capitals. */
export interface CtypeParts {
  readonly quantity: string;
  readonly algorithm: string;
  readonly distortion: string;
}

/** The parts of a CTYPE, whose case and number of dashes do not count: `ra--tan` is read, too. */
export function ctypeParts(ctype: string): CtypeParts {
  const words = ctype.trim().toUpperCase().split(/-+/);
  const [quantity = "", algorithm = "", distortion = ""] = words.map((word) => word.trim());
  return { quantity, algorithm, distortion };
}

/** The spectral quantities of Paper III, table 1. */
export const spectralQuantities: readonly string[] = [
  "FREQ",
  "AFRQ",
  "ENER",
  "WAVN",
  "VRAD",
  "WAVE",
  "VOPT",
  "ZOPT",
  "AWAV",
  "VELO",
  "BETA",
];

/** Time scales (Paper IV, table 2), which may stand in place of TIME. */
const times: ReadonlySet<string> = new Set([
  "TIME",
  "TAI",
  "TT",
  "TDT",
  "ET",
  "IAT",
  "UT1",
  "UTC",
  "GMT",
  "UT",
  "GPS",
  "TCG",
  "TCB",
  "TDB",
  "LOCAL",
]);

/**
 * What an axis measures, by its CTYPE: celestial with or without a projection (`RA---TAN`, `GLAT`, `HPLN-TAN`, `XLON-CAR`),
 * spectral (`FREQ`, `VOPT-F2W`, and AIPS' `VELO-LSR`, `FELO-HEL`), `STOKES`, time (`TIME`, `UTC`), else linear.
 */
export function axisKind(ctype: string): AxisKind {
  const { quantity } = ctypeParts(ctype);
  if (quantity === "RA" || /^[A-Z]LON$|^[A-Z]{2}LN$/.test(quantity)) return "longitude";
  if (quantity === "DEC" || /^[A-Z]LAT$|^[A-Z]{2}LT$/.test(quantity)) return "latitude";
  if (spectralQuantities.includes(quantity) || quantity === "FELO") return "spectral";
  if (quantity === "STOKES") return "stokes";
  return times.has(quantity.replace(/\(.*$/, "").trim()) ? "time" : "linear";
}
