/**
 * The names of groups and arrays: those of HDUs and columns, fit to be a part of a key and of an address.
 */
import type { HduLayout } from "../hdu/hdu.js";
import type { Column } from "../table/column.js";
import { uniqueNames } from "../table/names.js";

/** Longer names are cut: an EXTNAME with CONTINUE has no limit. */
const longestName = 100;

/**
 * The name of the group of each HDU: its EXTNAME (`PRIMARY` for a primary HDU without one) where no other HDU has the same,
 * whatever the case; else EXTNAME.EXTVER where that is unique; else the index of the HDU. Characters other than ASCII
 * letters, digits, `_`, `-` and `.` become `_`.
 */
export function groupNames(hdus: readonly Pick<HduLayout, "index" | "name" | "ver">[]): string[] {
  return distinct(
    hdus.map(({ index, name, ver }) => {
      const named = nodeName(name);
      return named === "" ? [`${index}`] : [named, `${named}.${ver}`, `${index}`];
    }),
  );
}

/** The name of the array of each column: that of the column, with `_2` and so on for a second one, else `col3`. */
export function columnNames(columns: readonly Column[]): string[] {
  const named = uniqueNames(columns);
  return distinct(
    columns.map(({ index }, i) => [nodeName(named[i]!), `col${index + 1}`, `col${index + 1}.`]),
  );
}

/** A name as a part of a key: one that no Zarr reader takes for metadata, a parent or a hidden file. Empty where nothing is left. */
export function nodeName(name: string): string {
  const safe = name
    .trim()
    .slice(0, longestName)
    .replace(/[^A-Za-z0-9_.-]/g, "_")
    .replace(/^(\.|__)+/, "_");
  return safe.toLowerCase() === "zarr.json" ? "zarr_json" : safe;
}

/**
 * For each item the first of its candidates that nobody else has, whatever the case. The last candidate of an item must be no
 * last candidate of another one.
 */
export function distinct(candidates: readonly (readonly string[])[]): string[] {
  const chosen = candidates.map(() => 0);
  const nameOf = (i: number): string => candidates[i]![chosen[i]!]!;
  for (;;) {
    const owners = new Map<string, number[]>();
    for (const i of chosen.keys()) {
      const key = nameOf(i).toLowerCase();
      const others = owners.get(key);
      if (others) others.push(i);
      else owners.set(key, [i]);
    }
    const rivals = [...owners.values()].filter((items) => items.length > 1).flat();
    if (rivals.length === 0) return candidates.map((_, i) => nameOf(i));
    for (const i of rivals) chosen[i] = Math.min(chosen[i]! + 1, candidates[i]!.length - 1);
  }
}

/** The names of the dimensions of an image, slowest first: a linear CTYPEn in lower case, else `x`, `y`, `z`, `axis_4`. */
export function imageDimensions(
  shape: readonly number[],
  ctypeOf: (axis: number) => unknown,
  firstAxis = 1,
): string[] {
  const plain = shape.map((_, i) => usual[shape.length - i - 1] ?? `axis_${shape.length - i}`);
  const named = plain.map((name, i) => linearName(ctypeOf(shape.length - i - 1 + firstAxis)) ?? name);
  return new Set(named).size === named.length ? named : plain;
}

const usual = ["x", "y", "z"];

/**
 * CTYPEn as the name of a dimension. `RA---TAN` is none: along a pixel axis the other coordinate changes, too. Nor is the
 * name of the array itself, which would make it a coordinate.
 */
function linearName(ctype: unknown): string | undefined {
  if (typeof ctype !== "string" || !/^[A-Za-z][A-Za-z0-9_]*$/.test(ctype.trim())) return undefined;
  const name = ctype.trim().toLowerCase();
  return name === imageArray || /^(pixel|linear)$/.test(name) ? undefined : name;
}

/** The name of the array of an image. */
export const imageArray = "data";

/** `name`, with as many `_` as it takes to be none of `taken`. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  return taken.has(name) ? freeName(`${name}_`, taken) : name;
}
