/** Reads ds9's text of regions. What is not known is kept as it stands, and named. */
import { FitsError } from "fitslice";
import { type Length, lengthCounts, type Region, type RegionFrame, type Shape } from "./region.js";

/** A line that is none of our shapes. */
export interface UnknownRegion {
  /** With its coordinate system: a line that ds9 reads by itself. */
  readonly text: string;
  /** Why it is not drawn: `polygons are not drawn`. */
  readonly why: string;
}

export type ReadRegion =
  | { readonly region: Region; readonly unknown?: undefined }
  | { readonly unknown: UnknownRegion; readonly region?: undefined };

export interface ReadRegionOptions {
  /** Whether physical coordinates are those of the image: its header has no LTV and LTM. Default true. */
  readonly isPhysical?: boolean | undefined;
}

/** Most characters of a file, and most regions. */
const mostCharacters = 4_000_000;
export const mostRegions = 5000;

const systems: Readonly<Record<string, RegionFrame>> = {
  image: "image",
  icrs: "icrs",
  fk5: "fk5",
  j2000: "fk5",
  fk4: "fk4",
  b1950: "fk4",
  galactic: "galactic",
  ecliptic: "ecliptic",
};
const otherSystems = /^(physical|linear|amplifier|detector|wcs[a-z]?)$/;
/** Shapes of ds9 that are not drawn here; those behind `#` are shapes, too. */
const otherShapes =
  /^(line|polygon|vector|text|ruler|compass|projection|panda|epanda|bpanda|segment|composite|cpanda|elliptannulus|boxannulus)$/;

/** The regions of a text, in order. Throws BAD_ARGUMENT for a text of too many. */
export function readRegions(text: string, { isPhysical = true }: ReadRegionOptions = {}): ReadRegion[] {
  if (text.length > mostCharacters)
    throw new FitsError(
      "BAD_ARGUMENT",
      `regions of ${text.length} characters are too many; at most ${mostCharacters} are read`,
    );
  const found: ReadRegion[] = [];
  let system = "image";
  let color = "";
  for (const line of text.split(/\r\n?|\n/)) {
    const { commands, properties } = partsOf(line);
    const own = propertiesOf(properties);
    for (const command of commands) {
      const word = /^[a-z]+\d*/i.exec(command)?.[0].toLowerCase() ?? "";
      const rest = command.slice(word.length).trim();
      if (word === "global") color = propertiesOf(rest).get("color") ?? color;
      else if (rest === "" && (Object.hasOwn(systems, word) || otherSystems.test(word))) system = word;
      else {
        if (found.length >= mostRegions)
          throw new FitsError("BAD_ARGUMENT", `more than ${mostRegions} regions; split the file`);
        const isImage = system === "physical" && isPhysical;
        found.push(regionOf(command, isImage ? "image" : system, own, color, line));
      }
    }
  }
  return found;
}

/** The commands of a line and, behind `#`, the properties of the last one; a comment has neither. */
function partsOf(line: string): { commands: string[]; properties: string } {
  const trimmed = line.trim();
  const shape = hiddenShape(trimmed);
  if (trimmed.startsWith("#") && !shape) return { commands: [], properties: "" };
  const body = shape ? trimmed.replace("#", "") : trimmed;
  const [before, behind] = cutAt(body, "#");
  const commands: string[] = [];
  for (let rest = /^global\b/i.test(before) ? "" : before; rest !== ""; ) {
    const [first, others] = cutAt(rest, ";");
    // Parts of composite regions stand in a row.
    commands.push(...first.split("||").map((part) => part.trim()));
    rest = others;
  }
  if (/^global\b/i.test(before)) commands.push(before);
  return { commands: commands.filter(Boolean), properties: behind };
}

/** Whether a line is one of the shapes that ds9 writes behind `#`, with their coordinate system before it or without. */
function hiddenShape(line: string): boolean {
  const word = /^(?:[a-z]\w*\s*;\s*)?#\s*([a-z]+)\s*\(/i.exec(line)?.[1];
  return word !== undefined && otherShapes.test(word.toLowerCase());
}

/** Cuts at the first mark outside braces and quotes. A quote behind a number is a unit. */
function cutAt(text: string, mark: string): [before: string, behind: string] {
  let closer = "";
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (closer) {
      if (character === closer) closer = "";
    } else if (character === "{") closer = "}";
    else if ((character === '"' || character === "'") && /[=\s]/.test(text[i - 1] ?? " ")) closer = character;
    else if (character === mark) return [text.slice(0, i), text.slice(i + 1)];
  }
  return [text, ""];
}

function propertiesOf(text: string): Map<string, string> {
  const pairs = text.matchAll(/([a-z]\w*)\s*=\s*(?:\{([^}]*)\}|"([^"]*)"|'([^']*)'|([^\s{}"']+))/gi);
  return new Map(
    [...pairs].map(([, key, ...values]) => [
      key!.toLowerCase(),
      values.find((value) => value !== undefined)!,
    ]),
  );
}

function regionOf(
  command: string,
  system: string,
  properties: ReadonlyMap<string, string>,
  color: string,
  line: string,
): ReadRegion {
  const isHidden = hiddenShape(line.trim());
  const behind = isHidden ? "" : cutAt(line.trim(), "#")[1].trim();
  const text = `${system};${isHidden ? "# " : ""}${command}${behind ? ` # ${behind}` : ""}`;
  const unknown = (why: string): ReadRegion => ({ unknown: { text, why } });
  const [, sign = "", word, inside, open] =
    /^([+-]?)\s*([a-z]+)\s*(?:\(([^()]*)\)?|\s([^()]*))$/i.exec(command) ?? [];
  const shape = word?.toLowerCase();
  const name = (/^[+-]?\s*([a-z]+)/i.exec(command)?.[1] ?? command.slice(0, 20)).toLowerCase();
  if (shape === undefined || !Object.hasOwn(lengthCounts, shape))
    return unknown(otherShapes.test(name) ? `the shape ${name} is not drawn` : `"${name}" is no shape`);
  const frame = Object.hasOwn(systems, system) ? systems[system] : undefined;
  if (!frame) return unknown(`${system} coordinates are not known`);
  const values = (inside ?? open ?? "").split(/[\s,]+/).filter(Boolean);
  const read = valuesOf(shape as Shape, frame, values);
  if (typeof read === "string") return unknown(read);
  const shade = properties.get("color") ?? color;
  return {
    region: {
      shape: shape as Shape,
      frame,
      ...read,
      excluded: sign === "-",
      text: (properties.get("text") ?? "").slice(0, 400),
      color: /^(#[\da-f]{3,8}|[a-z]{1,20})$/i.test(shade) ? shade : "",
    },
  };
}

/** The numbers of a shape, or what is wrong with them. */
function valuesOf(
  shape: Shape,
  frame: RegionFrame,
  values: readonly string[],
): Pick<Region, "center" | "lengths" | "angle"> | string {
  const count = lengthCounts[shape];
  const isTurned = shape === "box" || shape === "ellipse";
  const most = shape === "annulus" ? 102 : 2 + count + (isTurned ? 1 : 0);
  if (values.length < 2 + count || values.length > most || values.some((value) => /^n=/i.test(value)))
    return `${shape} of ${values.length} numbers is not drawn`;
  const center = [
    coordinateOf(values[0]!, frame, /^(icrs|fk)/.test(frame)),
    coordinateOf(values[1]!, frame, false),
  ];
  const sizes = values.slice(2, isTurned ? 2 + count : values.length);
  const lengths = sizes.map((value) => lengthOf(value, frame));
  const turn = isTurned && values[2 + count] !== undefined ? Number(values[2 + count]) : 0;
  const bad = [...center, ...lengths].indexOf(undefined);
  if (bad >= 0) return `cannot read "${values[bad]!.slice(0, 20)}"`;
  const [a, b] = center as [number, number];
  if (!Number.isFinite(turn)) return `cannot read the angle "${values[2 + count]!.slice(0, 20)}"`;
  if (frame !== "image" && Math.abs(b) > 90) return `the latitude ${values[1]!.slice(0, 20)} is beyond 90`;
  return { center: [a, b], lengths: lengths as Length[], angle: turn };
}

const number = "(\\d+\\.?\\d*(?:e[+-]?\\d{1,3})?|\\.\\d+(?:e[+-]?\\d{1,3})?)";
const plain = new RegExp(`^([+-]?)${number}([a-z"']*)$`, "i");
const sexagesimal = /^([+-]?)(\d{1,3})(?::|h|d)(\d{1,2})(?:(?::|m)(\d{1,2}(?:\.\d*)?)s?)?$/i;

function coordinateOf(text: string, frame: RegionFrame, isHours: boolean): number | undefined {
  const [, sign, value, unit = ""] = plain.exec(text) ?? [];
  if (value !== undefined) {
    const amount = (sign === "-" ? -1 : 1) * Number(value);
    if (!Number.isFinite(amount)) return undefined;
    if (frame === "image") return unit === "" || unit === "i" ? amount : undefined;
    if (unit === "" || unit === "d") return amount;
    return unit === "r" ? (amount * 180) / Math.PI : undefined;
  }
  const [, minus, units, minutes, seconds = "0"] = sexagesimal.exec(text) ?? [];
  if (units === undefined || frame === "image" || Number(minutes) >= 60 || Number(seconds) >= 60)
    return undefined;
  const amount = Number(units) + Number(minutes) / 60 + Number(seconds) / 3600;
  const hours = /h/i.test(text) || (isHours && text.includes(":"));
  return (minus === "-" ? -1 : 1) * (hours ? amount * 15 : amount);
}

function lengthOf(text: string, frame: RegionFrame): Length | undefined {
  const [, sign, value, unit = ""] = plain.exec(text) ?? [];
  const amount = Number(value);
  if (value === undefined || sign === "-" || !Number.isFinite(amount)) return undefined;
  switch (unit.toLowerCase()) {
    case "":
      return { value: amount, unit: frame === "image" ? "pixel" : "deg" };
    case "i":
      return { value: amount, unit: "pixel" };
    case '"':
      return { value: amount, unit: "arcsec" };
    case "'":
      return { value: amount, unit: "arcmin" };
    case "d":
      return { value: amount, unit: "deg" };
    case "r":
      return { value: (amount * 180) / Math.PI, unit: "deg" };
    default:
      return undefined;
  }
}
