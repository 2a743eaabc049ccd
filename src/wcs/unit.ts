/**
 * Units of world coordinates (Standard, section 4.3; Paper I, section 4), and how people spell them.
 */
import { checkText } from "../argument.js";

/** What a unit measures; `other` is known and none of these. */
export type Dimension =
  | "angle"
  | "frequency"
  | "length"
  | "wavenumber"
  | "speed"
  | "time"
  | "energy"
  | "angular-frequency"
  | "none"
  | "other";

export interface Unit {
  /** What one of this unit is in degrees, or in SI units of its dimension: Hz, m, /m, m/s, s, J, rad/s. */
  readonly scale: number;
  readonly dimension: Dimension;
  /** Of a spelling that the Standard does not know: how it was read. */
  readonly mended?: string;
}

/** The name of the unit that `scale` leads to. */
export const baseUnits: Readonly<Record<Dimension, string>> = {
  angle: "deg",
  frequency: "Hz",
  length: "m",
  wavenumber: "/m",
  speed: "m/s",
  time: "s",
  energy: "J",
  "angular-frequency": "rad/s",
  none: "",
  other: "",
};

/** Powers of meter, kilogram, second and degree. */
type Powers = readonly [m: number, kg: number, s: number, deg: number];

interface Known {
  readonly scale: number;
  readonly powers: Powers;
  /** Takes kilo, milli and so on. */
  readonly prefixed: boolean;
}

const known = (scale: number, powers: Powers, prefixed = false): Known => ({ scale, powers, prefixed });
const meter: Powers = [1, 0, 0, 0];
const second: Powers = [0, 0, 1, 0];
const angle: Powers = [0, 0, 0, 1];
const energy: Powers = [2, 1, -2, 0];
const electronvolt = 1.602176634e-19;
const year = 31557600;

const units: Readonly<Record<string, Known>> = {
  m: known(1, meter, true),
  Angstrom: known(1e-10, meter),
  angstrom: known(1e-10, meter),
  AU: known(149597870700, meter),
  lyr: known(299792458 * year, meter),
  pc: known(3.085677581491367e16, meter, true),
  solRad: known(6.957e8, meter),
  g: known(1e-3, [0, 1, 0, 0], true),
  s: known(1, second, true),
  min: known(60, second),
  h: known(3600, second),
  d: known(86400, second),
  a: known(year, second, true),
  yr: known(year, second, true),
  Hz: known(1, [0, 0, -1, 0], true),
  deg: known(1, angle),
  arcmin: known(1 / 60, angle),
  arcsec: known(1 / 3600, angle),
  mas: known(1 / 3600e3, angle),
  uas: known(1 / 3600e6, angle),
  rad: known(180 / Math.PI, angle, true),
  J: known(1, energy, true),
  eV: known(electronvolt, energy, true),
  erg: known(1e-7, energy),
  Ry: known(13.605693122994 * electronvolt, energy),
};

const prefixes: Readonly<Record<string, number>> = {
  da: 1e1,
  h: 1e2,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  d: 1e-1,
  c: 1e-2,
  m: 1e-3,
  u: 1e-6,
  n: 1e-9,
  p: 1e-12,
  f: 1e-15,
  a: 1e-18,
};

/** Other spellings of a unit, in lower case and the singular. */
const spellings: ReadonlyMap<string, string> = new Map(
  Object.entries({
    deg: "deg degree °",
    arcmin: "arcmin arcminute amin ' ′",
    arcsec: 'arcsec arcsecond asec " ″',
    mas: "mas milliarcsec milliarcsecond marcsec",
    uas: "microarcsec uarcsec",
    rad: "rad radian",
    Hz: "hz hertz",
    kHz: "khz kilohertz",
    MHz: "mhz megahertz",
    GHz: "ghz gigahertz",
    THz: "thz",
    m: "m meter metre",
    km: "km kilometer",
    cm: "cm centimeter",
    mm: "mm millimeter",
    um: "um micron micrometer µm μm",
    nm: "nm nanometer",
    Angstrom: "angstrom ang å",
    s: "sec second",
    min: "minute min",
    h: "hour hr",
    d: "day",
    yr: "year yr",
    eV: "ev electronvolt",
    keV: "kev",
    MeV: "mev",
    GeV: "gev",
    TeV: "tev",
    J: "joule",
    erg: "erg",
  }).flatMap(([unit, words]) => words.split(" ").map((word) => [word, unit])),
);

/**
 * A unit by its text, as CUNIT gives it: the Standard's (`km/s`, `km s-1`, `10**6 Hz`, `/m`), or another spelling that
 * leaves no doubt (`Degrees`, `MHZ`, `micron`, `m/sec`), which is `mended` then. Undefined where the text is no unit of an
 * angle, a length, a time, an energy, or made of these. Empty text is a unit, too, of dimension `none`.
 */
export function unitOf(text: string): Unit | undefined {
  checkText(text, "a unit");
  const strict = parse(text.trim(), (word) => word);
  if (strict) return strict;
  const words: string[] = [];
  const lenient = parse(text.trim(), (word, divided) => {
    const found = spelled(word, divided);
    words.push(found);
    return found;
  });
  return lenient && { ...lenient, mended: `the unit '${text.trim()}' is read as ${words.join(" per ")}` };
}

/**
 * A capital S is siemens to the Standard, and A ampere; but m/S can only mean a second, and an axis counts in angstroms
 * rather than in amperes.
 */
function spelled(word: string, divided: boolean): string {
  if (factorOf(word)) return word;
  if (divided && word === "S") return "s";
  if (word === "A") return "Angstrom";
  const lower = word.toLowerCase();
  // The plural of two letters and more: MS is not m.
  return spellings.get(lower) ?? spellings.get(lower.replace(/(..)s$/, "$1")) ?? word;
}

const term = /^(?:([^\W\d_]+|[°'"′″])|1(?![\d.]))(?:(?:\*\*|\^)?(?:\(([+-]?\d{1,2})\)|([+-]?\d{1,2})))?/u;

function parse(text: string, spelling: (word: string, divided: boolean) => string): Unit | undefined {
  let { scale, rest } = leadingPower(text);
  const powers: [number, number, number, number] = [0, 0, 0, 0];
  for (let first = true; rest !== ""; first = false) {
    const [joint] = /^\s*[./*]?\s*/.exec(rest)!;
    if (joint === "" && !first) return undefined;
    rest = rest.slice(joint.length);
    const match = term.exec(rest);
    if (!match) return undefined;
    rest = rest.slice(match[0].length);
    const divided = joint.includes("/");
    if (match[1] === undefined) continue;
    const factor = factorOf(spelling(match[1], divided));
    if (!factor) return undefined;
    const power = Number(match[2] ?? match[3] ?? 1) * (divided ? -1 : 1);
    scale *= factor.scale ** power;
    for (let i = 0; i < 4; i++) powers[i] = powers[i]! + power * factor.powers[i]!;
  }
  const dimension = dimensionOf(powers);
  return { scale: dimension === "angular-frequency" ? (scale * Math.PI) / 180 : scale, dimension };
}

/** `10**6 Hz`: a power of ten in front. */
function leadingPower(text: string): { scale: number; rest: string } {
  const match = /^10(?:\*\*|\^)?\(?([+-]?\d{1,3})\)?(?=[\s.*]|$)/.exec(text);
  return match
    ? { scale: 10 ** Number(match[1]), rest: text.slice(match[0].length) }
    : { scale: 1, rest: text };
}

function factorOf(word: string): Known | undefined {
  if (Object.hasOwn(units, word)) return units[word];
  for (const length of [1, 2]) {
    const prefix = word.slice(0, length);
    const unit = word.slice(length);
    if (!Object.hasOwn(prefixes, prefix) || !Object.hasOwn(units, unit) || !units[unit]!.prefixed) continue;
    // Pa is pascal.
    if (word !== "Pa") return { ...units[unit]!, scale: prefixes[prefix]! * units[unit]!.scale };
  }
  return undefined;
}

const dimensions: Readonly<Record<string, Dimension>> = {
  "0,0,0,0": "none",
  "0,0,0,1": "angle",
  "0,0,-1,0": "frequency",
  "1,0,0,0": "length",
  "-1,0,0,0": "wavenumber",
  "1,0,-1,0": "speed",
  "0,0,1,0": "time",
  "2,1,-2,0": "energy",
  "0,0,-1,1": "angular-frequency",
};

const dimensionOf = (powers: readonly number[]): Dimension =>
  dimensions[powers.map((p) => p + 0).join(",")] ?? "other";
