/**
 * Tables of other formats on their way to FITS: what their columns are, and what has to be known of all values before
 * a column of a binary table can be laid out for them.
 */
import type { DType } from "../array.js";
import { FitsError } from "../errors.js";
import type { TableOptions } from "../write/table.js";

/** Type of the values in a column of another format. */
export type ForeignType = DType | "bool" | "string";

/** A column of another format. */
export interface ForeignField {
  readonly name: string;
  readonly type: ForeignType;
  /** Lengths of the lists that values lie in, outermost first; undefined where they vary. */
  readonly lists: readonly (number | undefined)[];
  /** Metadata of the column, as `fieldMetadata` writes them: unit, description, ucd, display, format, dim, null. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Text for values that are no strings (times). */
  readonly text?: ((value: unknown) => string) | undefined;
}

/** Some rows: for each field its cells, lists as anything that can be iterated, null or undefined for null. */
export interface ForeignBatch {
  readonly length: number;
  readonly cells: readonly ((row: number) => unknown)[];
}

/** A table of another format, which can be gone through more than once. */
export interface ForeignTable {
  readonly name?: string | undefined;
  readonly fields: readonly ForeignField[];
  readonly rowCount: number;
  /** Parts of the foreign table that FITS cannot hold, in words. */
  readonly warnings: readonly string[];
  batches(): AsyncIterable<ForeignBatch>;
}

/** A table of another format as options of `tableHdu`, and what it loses on the way, in words. */
export interface ImportedTable extends TableOptions {
  readonly warnings: readonly string[];
}

/** What the cells of a column have in common. */
export interface Survey {
  readonly cells: number;
  /** Lengths of the lists in each cell, where all cells have the same. */
  readonly shape: readonly number[] | undefined;
  /** Longest outermost list. */
  readonly longest: number;
  /**
   * Length of the lists at each level below the outermost, where all have the same but for the last of a cell, which
   * may be shorter.
   */
  readonly inner: readonly number[] | undefined;
  /** Bytes of the longest string. */
  readonly stringBytes: number;
  readonly hasNulls: boolean;
  /** Whether an integer is among the values; only of those that may be asked for: see `nullCandidates`. */
  isUsed(value: bigint): boolean;
}

/** Takes cells one by one. */
export interface Surveyor {
  add(cell: unknown): void;
  survey(): Survey;
}

const encoder = new TextEncoder();

/** Looks at the cells of a field that lie in `depth` lists. `candidates` are the integers that null might become. */
export function surveyor(field: ForeignField, depth: number, candidates: readonly bigint[]): Surveyor {
  const wanted = new Set(candidates);
  const used = new Set<bigint>();
  const inner: (number | undefined)[] = [];
  const longestLast: number[] = [];
  let longest = 0;
  let isRagged = false;
  let shape: number[] | undefined;
  let cells = 0;
  let isSame = true;
  let hasNulls = false;
  let stringBytes = 0;
  const isInteger = field.type !== "string" && field.type !== "bool" && !field.type.startsWith("float");

  const leaf = (value: unknown): void => {
    if (value === null || value === undefined) hasNulls = true;
    else if (field.type === "string")
      stringBytes = Math.max(stringBytes, encoder.encode(textOf(field, value)).length);
    else if (isInteger && used.size < wanted.size) {
      const whole = BigInt(value as number);
      if (wanted.has(whole)) used.add(whole);
    }
  };
  const note = (level: number, length: number, isLast: boolean): void => {
    if (level === 0) longest = Math.max(longest, length);
    else if (length === 0) isRagged = true;
    else if (isLast) longestLast[level] = Math.max(longestLast[level] ?? 0, length);
    else if ((inner[level] ??= length) !== length) isRagged = true;
  };
  const walk = (value: unknown, level: number, lengths: number[], isLast: boolean): void => {
    if (level === depth) {
      leaf(value);
      return;
    }
    if (value === null || value === undefined) {
      hasNulls = true;
      if (level > 0) isRagged = true;
      return;
    }
    const items = [...(value as Iterable<unknown>)];
    const { length } = items;
    for (const [i, item] of items.entries()) walk(item, level + 1, lengths, isLast && i === length - 1);
    note(level, length, isLast);
    if (lengths[level] !== undefined && lengths[level] !== length) isSame = false;
    lengths[level] = length;
  };
  return {
    add: (cell) => {
      const lengths: number[] = [];
      walk(cell, 0, lengths, true);
      cells++;
      if (depth === 0 || cell === null || cell === undefined) return;
      for (let k = 0; k < depth; k++) lengths[k] ??= 0;
      shape ??= lengths;
      if (lengths.some((n, k) => n !== shape![k])) isSame = false;
    },
    survey: () => ({
      inner: isRagged ? undefined : innerLengths(inner, longestLast, depth),
      cells,
      shape: isSame ? shape : undefined,
      longest,
      stringBytes,
      hasNulls,
      isUsed: (value) => used.has(value),
    }),
  };
}

function innerLengths(
  inner: readonly (number | undefined)[],
  longestLast: readonly number[],
  depth: number,
): number[] | undefined {
  const lengths: number[] = [];
  for (let level = 1; level < depth; level++) {
    const last = longestLast[level] ?? 0;
    const length = inner[level] ?? last;
    if (last > length) return undefined;
    lengths.push(length);
  }
  return lengths;
}

/** Milliseconds since 1970, or a date, as ISO 8601. Throws BAD_DATA for what no date is. */
export function timeText(value: unknown): string {
  const date = new Date(Number(value));
  if (Number.isNaN(date.getTime())) throw new FitsError("BAD_DATA", "a time lies beyond the year 275760");
  return date.toISOString().replace("Z", "");
}

/** The warning for times of which FITS text gets the milliseconds. */
export function shortTimes(name: string): string {
  return `column '${name}' holds times finer than milliseconds; they are cut to those`;
}

/** A value as text. */
export function textOf(field: ForeignField, value: unknown): string {
  return field.text ? field.text(value) : String(value);
}
