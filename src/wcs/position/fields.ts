/**
 * One coordinate as people write it: `10h01m41.13s`, `+02:25:20.58`, `150.42`.
 */
import { checkText } from "../../argument.js";

/** A number and the mark behind it: `10h`, `01m`, `41.13s`, `-00:`, `150.42`. */
export interface Field {
  /** Without the sign. */
  readonly value: number;
  readonly text: string;
  readonly sign: "+" | "-" | "";
  /** `h`, `d`, `m` (minutes of either), `s`, `:`, or empty. */
  readonly mark: Mark;
}

export type Mark = "h" | "d" | "m" | "s" | ":" | "";

/** What a coordinate was read as. */
export interface Coordinate {
  /** Hours, or degrees. */
  readonly value: number;
  readonly unit: "hours" | "degrees";
  readonly warnings: readonly string[];
}

const marks: readonly (readonly [RegExp, Mark])[] = [
  [/^(?:hours?|hrs?|h)/, "h"],
  [/^(?:degrees?|degs?|d|°|º)/, "d"],
  [/^(?:minutes?|mins?|arcmin|m|'(?!'))/, "m"],
  [/^(?:seconds?|secs?|arcsec|s|"|'')/, "s"],
  [/^:/, ":"],
];

/** Signs, primes and raised letters as typesetters have them, in ASCII; in lower case. */
export function plainText(text: string): string {
  checkText(text, "a position or a size");
  return text
    .replace(/[\u2212\u2012\u2013\u2014\uFE63\uFF0D]/g, "-")
    .replace(/[\uFF0B\uFE62]/g, "+")
    .replace(/[\u2032\u2019\u02B9]/g, "'")
    .replace(/[\u2033\u201D\u02BA]/g, '"')
    .replace(/\u02B0/g, "h")
    .replace(/[\u1D48\u00BA]/g, "°")
    .replace(/\u1D50/g, "m")
    .replace(/\u02E2/g, "s")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

/** The fields of a text that holds nothing else; undefined where it does. Commas end a coordinate, and are not read here. */
export function fieldsOf(text: string): Field[] | undefined {
  const fields: Field[] = [];
  let rest = text.trim();
  while (rest !== "") {
    const match = /^([+-]?) ?((\d+)(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?/.exec(rest);
    if (!match) return undefined;
    rest = rest.slice(match[0].length);
    const number = `${match[2]}${match[5] ?? ""}`;
    const [mark, length] = markAt(rest);
    // `10h 01m41.5s`, and a point behind the mark: `01m41s.5`.
    rest = rest.slice(length);
    const late = mark === "s" && match[4] === undefined ? /^\.\d+/.exec(rest) : null;
    if (late) rest = rest.slice(late[0].length);
    // Two numbers without anything between them are one number that is misspelled.
    if (mark === "" && rest !== "" && !/^[ +-]/.test(rest)) return undefined;
    rest = rest.trimStart();
    fields.push({
      value: Number(number + (late?.[0] ?? "")),
      text: number + (late?.[0] ?? ""),
      sign: match[1] as Field["sign"],
      mark,
    });
  }
  return fields;
}

function markAt(text: string): [mark: Mark, length: number] {
  const blank = /^ (?=[a-z°'"])/.test(text) ? 1 : 0;
  for (const [pattern, mark] of marks) {
    const match = pattern.exec(text.slice(blank));
    if (match) return [mark, blank + match[0].length];
  }
  return ["", 0];
}

/** Where the second coordinate starts, of two in a row; undefined where that is in doubt. */
export function splitAt(fields: readonly Field[]): number | undefined {
  const given = fields.map(({ mark }) => mark);
  const later = (found: (field: Field, i: number) => boolean): number =>
    fields.findIndex((field, i) => i > 0 && found(field, i));
  const signed = later(({ sign }) => sign !== "");
  if (signed > 0) return signed;
  const starts = later(({ mark }) => mark === "d" || mark === "h");
  if (starts > 0) return starts;
  // `10:01:41 2.4`, `150.4 02:25:20`, `10h01m41s 02:25:20`: colons hold a coordinate together.
  if (given[0] === ":") return given.findIndex((mark) => mark !== ":") + 1 || undefined;
  const colon = given.indexOf(":");
  if (colon > 0) return colon;
  const bare = given.indexOf("");
  if (bare > 1 || (bare === 1 && fields.length === 2)) return bare;
  return fields.length % 2 === 0 ? fields.length / 2 : undefined;
}

/**
 * The value of a coordinate's fields, or one line that says what is wrong with them. `hours`: colons and rows of numbers
 * without marks are hours, unless a mark says otherwise.
 */
export function coordinateOf(fields: readonly Field[], hours: boolean): Coordinate | string {
  const [first] = fields;
  if (!first) return "there is no number";
  if (fields.length > 3) return `${fields.length} numbers are too many`;
  if (fields.slice(1).some(({ sign }) => sign !== "")) return "a sign is in the middle";
  const unit = unitOfFields(fields, hours);
  if (typeof unit !== "string") return unit.wrong;
  const warnings: string[] = [];
  let value = 0;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    if (i < fields.length - 1 && !/^\d+$/.test(field.text))
      return `${field.text} has a fraction, but is not the last number`;
    if (i > 0 && field.value > 60) return `${field.text} ${names[i]} are more than 60`;
    if (i > 0 && field.value === 60) warnings.push(`60 ${names[i]} are carried over`);
    value += field.value / 60 ** i;
  }
  return { value: first.sign === "-" ? -value : value, unit, warnings };
}

const names = ["", "minutes", "seconds"] as const;

function unitOfFields(fields: readonly Field[], hours: boolean): Coordinate["unit"] | { wrong: string } {
  const pattern = fields.map(({ mark }) => mark || "_").join("");
  if (/^[hd](?:m[s_]?|__?)?$/.test(pattern)) return pattern.startsWith("h") ? "hours" : "degrees";
  if (pattern === "_") return "degrees";
  if (/^(?:::?_|___?)$/.test(pattern)) return hours ? "hours" : "degrees";
  const written = fields.map(({ text, mark }) => text + mark).join(" ");
  return { wrong: `'${written}' is neither hours, minutes, seconds nor degrees, minutes, seconds` };
}
