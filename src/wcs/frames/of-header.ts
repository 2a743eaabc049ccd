/**
 * Which celestial frame a header's axes are in (Paper II, section 3.1).
 */
import type { Frame, FrameName } from "./frame.js";

export interface FrameKeywords {
  /** RADESYSa, or RADECSYS. */
  readonly radesys?: string | undefined;
  /** EQUINOXa, or EPOCH. */
  readonly equinox?: number | undefined;
}

export interface FrameFound {
  readonly frame: Frame;
  readonly warnings: readonly string[];
}

const unknown: FrameFound = { frame: { name: "unknown" }, warnings: [] };

/**
 * The frame of a longitude axis: the part of its CTYPE before the dashes (`RA`, `GLON`, `ELON` ...) and the keywords.
 * RADESYS defaults to ICRS, or with an EQUINOX to FK4 before 1984 and FK5 from then on; EQUINOX defaults to 1950 of FK4
 * and 2000 of FK5. Ecliptic coordinates are of the mean ecliptic and equinox. A frame that cannot be converted
 * (helioprojective, planetary, GAPPT) is `unknown`.
 */
export function frameOfAxes(longitude: string, keywords: FrameKeywords): FrameFound {
  switch (longitude.trim().toUpperCase()) {
    case "RA":
      return equatorial(keywords);
    case "GLON":
      return { frame: { name: "galactic" }, warnings: [] };
    case "SLON":
      return { frame: { name: "supergalactic" }, warnings: [] };
    case "ELON":
      return ecliptic(keywords);
    default:
      return unknown;
  }
}

const equatorialNames: Readonly<Record<string, FrameName>> = {
  ICRS: "icrs",
  FK5: "fk5",
  FK4: "fk4",
  "FK4-NO-E": "fk4-no-e",
};

function equatorial({ radesys = "", equinox }: FrameKeywords): FrameFound {
  const given = radesys.trim();
  const plain = given.toUpperCase().replace(/[_\s]/g, "-");
  const system = plain === "" ? defaultSystem(equinox) : plain;
  const name = equatorialNames[system];
  // GAPPT is apparent: it changes by the hour, and by the place of the observer.
  if (!name) {
    const warning = `the frame RADESYS = '${given}' is not known; positions stay in the header's own coordinates`;
    return { frame: { name: "unknown" }, warnings: [warning] };
  }
  const warnings = given === "" || given === system ? [] : [`RADESYS = '${given}' is read as ${system}`];
  if (name === "icrs") return { frame: { name }, warnings };
  if (name === "fk5") return { frame: { name, equinox: equinox ?? 2000 }, warnings };
  return { frame: { name, equinox: equinox ?? 1950 }, warnings };
}

function defaultSystem(equinox: number | undefined): string {
  if (equinox === undefined) return "ICRS";
  return equinox < 1984 ? "FK4" : "FK5";
}

function ecliptic({ radesys = "", equinox = 2000 }: FrameKeywords): FrameFound {
  const old = radesys.trim().toUpperCase().startsWith("FK4");
  const warnings = old ? ["ecliptic coordinates of FK4 are read as those of the IAU 2006 mean ecliptic"] : [];
  return { frame: { name: "ecliptic", equinox }, warnings };
}
