/**
 * The arrays of several files as one, along a new axis or along one that they have.
 */
import { FitsError, printable } from "../errors.js";
import type { ArrayDescription, Attributes, Json } from "./metadata.js";
import { toJson } from "./metadata.js";
import { imageArray } from "./names.js";
import type { ReferencedArray, ReferencedChunk } from "./reference-arrays.js";

/**
 * How files become one array: along a new first axis of this name, or along an axis of their arrays, given by its index (0 is the
 * slowest) or its name.
 */
export type Concat = { readonly newAxis: string } | { readonly axis: number | string };

/** A chunk of one of the files. */
export interface JoinedChunk extends ReferencedChunk {
  readonly file: number;
}

/** Arrays of several files as one. */
export interface JoinedArray {
  readonly description: ArrayDescription;
  chunks(): Iterable<JoinedChunk>;
}

/** The axis that `which` means among `dimensions`. Throws BAD_ARGUMENT. */
export function axisOf(which: number | string, dimensions: readonly string[], label: string): number {
  const axis = typeof which === "number" ? which : dimensions.indexOf(which);
  if (Number.isInteger(axis) && axis >= 0 && axis < dimensions.length) return axis;
  throw new FitsError(
    "BAD_ARGUMENT",
    `${label} has no axis ${printable(String(which))}; its axes are ${dimensions.map((name, i) => `${i} (${name})`).join(", ")}`,
  );
}

/** The greatest length that divides all of these. */
export function commonDivisor(lengths: readonly number[]): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  return lengths.reduce(divisor, 0);
}

/**
 * Joins arrays along a new axis (`axis` undefined) or along `axis`. Attributes that differ are left out. Throws BAD_ARGUMENT,
 * naming the file that differs from the first one in its shape, its type or its scaling, and for a new axis whose name is taken.
 *
 * @param files what errors call the files
 * @param group the group of the arrays
 */
export function joinArrays(
  arrays: readonly ReferencedArray[],
  files: readonly string[],
  group: string,
  along: { readonly axis: number } | { readonly newAxis: string },
): JoinedArray {
  const first = arrays[0]!.description;
  const axis = "axis" in along ? along.axis : undefined;
  for (const [i, { description }] of arrays.entries()) {
    const what = differenceOf(first, description, axis);
    if (what !== undefined)
      throw new FitsError(
        "BAD_ARGUMENT",
        `${files[i]}: ${group} differs in ${what} from that of ${files[0]}; arrays that are to be one must be alike`,
      );
  }
  const attributes = commonAttributes(arrays.map(({ description }) => description.attributes));
  if ("newAxis" in along && [...first.dimensions, imageArray].includes(along.newAxis))
    throw new FitsError(
      "BAD_ARGUMENT",
      `the new axis cannot be called ${along.newAxis}: ${group} has ${first.dimensions.includes(along.newAxis) ? "an axis" : "an array"} of that name`,
    );
  if (axis === undefined)
    return {
      description: {
        ...first,
        attributes,
        shape: [arrays.length, ...first.shape],
        chunkShape: [1, ...first.chunkShape],
        dimensions: [(along as { newAxis: string }).newAxis, ...first.dimensions],
      },
      *chunks() {
        for (const [file, array] of arrays.entries())
          for (const { index, at } of array.chunks()) yield { file, index: [file, ...index], at };
      },
    };
  const lengths = arrays.map(({ description }) => description.shape[axis]!);
  const shape = [...first.shape];
  shape[axis] = lengths.reduce((sum, length) => sum + length, 0);
  return {
    description: { ...first, attributes, shape },
    *chunks() {
      let before = 0;
      for (const [file, array] of arrays.entries()) {
        for (const { index, at } of array.chunks())
          yield { file, index: index.map((place, i) => (i === axis ? place + before : place)), at };
        before += lengths[file]! / first.chunkShape[axis]!;
      }
    },
  };
}

/** In what an array differs from another one so that the two cannot be one. */
function differenceOf(
  first: ArrayDescription,
  other: ArrayDescription,
  axis: number | undefined,
): string | undefined {
  const rest = (shape: readonly number[]): string => shape.filter((_, i) => i !== axis).join(", ");
  const same = (a: unknown, b: unknown): boolean =>
    toJson((a ?? null) as Json) === toJson((b ?? null) as Json);
  if (first.shape.length !== other.shape.length || rest(first.shape) !== rest(other.shape))
    return `its shape, (${other.shape.join(", ")}) and (${first.shape.join(", ")}),`;
  const scaling = ({ attributes }: ArrayDescription): Json =>
    ["scale_factor", "add_offset", "_FillValue", "units"].map((name) => attributes[name] ?? null);
  if (!same(scaling(first), scaling(other))) return "its scaling or unit";
  const isAlike =
    first.type === other.type &&
    first.endian === other.endian &&
    same(first.v2, other.v2) &&
    same(first.v3, other.v3) &&
    same(first.fill, other.fill);
  if (!isAlike) return "its type or compression";
  return same(first.chunkShape, other.chunkShape) ? undefined : "the shape of its tiles";
}

/** The attributes that all have, with the same values; of the cards in `fits_header` those that all have. */
export function commonAttributes(all: readonly Attributes[]): Attributes {
  const [first = {}, ...others] = all;
  const isCommon = ([name, value]: [string, Json]): boolean =>
    others.every((other) => other[name] !== undefined && toJson(other[name]) === toJson(value));
  const headers = all.map(({ fits_header: cards }) => wholeCards(cards));
  const shared = headers.slice(1).map((cards) => new Set(cards));
  const cards = headers[0]?.filter((card) => shared.every((other) => other.has(card))) ?? [];
  return {
    ...Object.fromEntries(Object.entries(first).filter(isCommon)),
    ...(cards.length > 0 && { fits_header: cards.flatMap((card) => card.split("\n")) }),
  };
}

/** Cards, each with the lines that continue it. */
function wholeCards(lines: Json | undefined): string[] {
  const cards: string[] = [];
  for (const line of (lines ?? []) as readonly string[])
    if (line.startsWith("CONTINUE") && cards.length > 0) cards.push(`${cards.pop()}\n${line}`);
    else cards.push(line);
  return cards;
}
