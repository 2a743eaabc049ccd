/**
 * Spectral axes as AIPS wrote them before Paper III.
 */
import { ctypeParts } from "./kind.js";

export interface Translated {
  /** CTYPE of Paper III. */
  readonly ctype: string;
  /** SPECSYS that goes with it, or empty. */
  readonly specsys: string;
  readonly warning: string;
}

/** VELREF, less 256 for radio velocities, to SPECSYS. */
const systems = ["", "LSRK", "BARYCENT", "TOPOCENT", "LSRD", "GEOCENTR", "SOURCE", "GALACTOC"];
const suffixes: Readonly<Record<string, string>> = { LSR: "LSRK", HEL: "BARYCENT", OBS: "TOPOCENT" };

/**
 * A spectral CTYPE of AIPS (`FREQ-LSR`, `VELO-HEL`, `FELO-OBS`, `FELO`, or `VELO` with a VELREF) in those of Paper III,
 * as wcslib's spcfix does; undefined for any other. VELREF overrides the letters: 1 LSR, 2 heliocentric, 3 observer, and
 * 256 more for radio velocities. `VELO` is equally spaced in velocity, `FELO` in frequency.
 */
export function translateAips(ctype: string, velref = 0): Translated | undefined {
  const { quantity, algorithm } = ctypeParts(ctype);
  if (!/^(?:FREQ|VELO|FELO)$/.test(quantity) || (algorithm !== "" && !(algorithm in suffixes)))
    return undefined;
  const radio = velref >= 256;
  const system = systems[radio ? velref - 256 : velref] ?? "";
  const plain = algorithm === "";
  if (plain && (quantity === "FREQ" || (quantity === "VELO" && system === ""))) return undefined;
  const modern = { FREQ: "FREQ", VELO: radio ? "VRAD" : "VOPT", FELO: "VOPT-F2W" }[quantity]!;
  const specsys = system || suffixes[algorithm] || "";
  const where = specsys === "" ? "" : ` of SPECSYS '${specsys}'`;
  return { ctype: modern, specsys, warning: `CTYPE '${ctype.trim()}' of AIPS is read as ${modern}${where}` };
}
