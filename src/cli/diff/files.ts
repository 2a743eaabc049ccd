/**
 * Differences of two files, HDU by HDU.
 */
import type { Fits, Hdu, HduLayout } from "fitslice";
import { matchesKeyword } from "fitslice/list";
import { counted } from "../output.js";
import { interruption } from "../signals.js";
import type { Difference, Tally } from "./difference.js";
import { type HeaderRules, headerDifferences } from "./headers.js";
import { byteDifferences, pixelDifferences } from "./pixels.js";
import { tableDifferences } from "./tables.js";

export interface DiffRules extends HeaderRules {
  /** HDUs that do not count: indices, names and patterns of names. */
  readonly hdusIgnored: readonly string[];
  readonly columnsIgnored: readonly string[];
  readonly data: boolean;
  /** Most cells or pixels of an HDU or a column that are told one by one. */
  readonly most: number;
}

/** Differences as they are found. Bounded memory: a band or a batch of each file. */
export async function* differences(
  a: Fits,
  b: Fits,
  rules: DiffRules,
): AsyncGenerator<Difference, undefined> {
  const options = { signal: interruption };
  const counts = (layout: HduLayout): boolean => !isIgnored(layout, rules.hdusIgnored);
  const one = (await a.layouts(options)).filter(counts);
  const two = (await b.layouts(options)).filter(counts);
  if (one.length !== two.length) {
    const message = `${counted(one.length, "HDU")} in A, ${counted(two.length, "HDU")} in B`;
    yield { part: "file", message };
  }
  for (const [i, layout] of one.entries()) {
    const other = two[i];
    if (!other) continue;
    const hdu = layout.index;
    const [mine, theirs] = [await a.hdu(hdu, options), await b.hdu(other.index, options)];
    for (const message of headerDifferences(mine.header, theirs.header, rules))
      yield { hdu, part: "header", message };
    if (!rules.data) continue;
    const found = await dataDifferences([a, mine, layout], [b, theirs, other], rules);
    for (const message of found) yield { hdu, part: "data", message };
  }
}

function isIgnored({ index, name }: HduLayout, ignored: readonly string[]): boolean {
  return ignored.some(
    (one) => one === String(index) || (name !== "" && matchesKeyword(one, name.toUpperCase())),
  );
}

type Side = readonly [Fits, Hdu, HduLayout];

async function dataDifferences(
  [a, one, layout]: Side,
  [b, two, other]: Side,
  rules: DiffRules,
): Promise<string[]> {
  if (one.kind !== two.kind) return [`${kinds[one.kind]} in A, ${kinds[two.kind]} in B`];
  if (one.kind === "image" && two.kind === "image") {
    const [x, y] = [one.shape.join(" x ") || "none", two.shape.join(" x ") || "none"];
    if (x !== y) return [`shape ${x} in A, ${y} in B`];
    if (one.shape.length === 0) return [];
    return told(await pixelDifferences(one, two, rules, rules.most), "pixel", count(one.shape));
  }
  if (one.kind === "table" && two.kind === "table")
    return tableDifferences(one, two, rules, rules.columnsIgnored, rules.most);
  if (layout.dataSize !== other.dataSize)
    return [`${layout.dataSize} bytes of data in A, ${other.dataSize} in B`];
  return told(await byteDifferences([a, layout], [b, other], rules.most), "byte", layout.dataSize);
}

const kinds: Readonly<Record<Hdu["kind"], string>> = {
  image: "an image",
  table: "a table",
  groups: "random groups",
  other: "data of another kind",
};

function count(shape: readonly number[]): number {
  return shape.reduce((all, length) => all * length, 1);
}

function told({ count, first, largest }: Tally, thing: string, of: number): string[] {
  if (count === 0) return [];
  const apart = largest > 0 && thing !== "byte" ? `, by up to ${largest}` : "";
  return [...first, `${count} of ${counted(of, thing)} differ${apart}`];
}
