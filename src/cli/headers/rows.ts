/**
 * Rows of the table of headers: as they wait in the journal, and what their columns are.
 */
import { createHash } from "node:crypto";
import { type CardValue, showAddress } from "fitslice";
import { isPattern, matchesKeyword } from "fitslice/list";
import { Failure } from "../failure.js";

/** A value as it waits: what JSON cannot tell apart lies in an object. */
type Kept =
  | string
  | number
  | boolean
  | null
  | { readonly i: string }
  | { readonly f: string }
  | [number, number];

/** Rows of one file: a line of the journal. */
export interface FileRows {
  /** Its address, without secrets. */
  readonly file: string;
  /** What the journal knows it by, where that is not `file`. */
  readonly key?: string;
  readonly hdus: readonly {
    readonly hdu: number | undefined;
    readonly values: Readonly<Record<string, Kept>>;
  }[];
  readonly error?: string;
}

/** What was read of one file. */
export interface FileValues {
  readonly href: string;
  readonly hdus: readonly {
    readonly hdu: number | undefined;
    readonly values: Readonly<Record<string, CardValue>>;
    /** Whole numbers that are floats. */
    readonly floats?: readonly string[];
  }[];
  readonly error?: Error | undefined;
}

/** The rows of one file: a line of the journal. */
export function rowsOf({ href, hdus, error }: FileValues): FileRows {
  const kept = hdus.map(({ hdu, values, floats = [] }) => {
    const entries = Object.entries(values).map(([name, value]) => [name, keep(value, floats.includes(name))]);
    return { hdu, values: Object.fromEntries(entries) };
  });
  const [file, key] = [showAddress(href), keyOf(href)];
  return { file, ...(key !== file && { key }), hdus: kept, ...(error && { error: error.message }) };
}

/**
 * What a file is known by: its address, or where that holds what may be a secret, a hash of it. A user's name and password are no part of it: a
 * password is easily guessed.
 */
export function keyOf(address: string): string {
  const open = /^abfss?:/i.test(address) ? address : address.replace(/^([a-z][\w+.-]*:\/\/)[^/?#]*@/i, "$1");
  return showAddress(open) === open ? open : createHash("sha256").update(open).digest("hex");
}

function keep(value: CardValue, isFloat: boolean): Kept {
  if (typeof value === "bigint") return { i: String(value) };
  if (typeof value === "number" && (isFloat || !Number.isFinite(value))) return { f: String(value) };
  return typeof value === "object" && value ? [value[0], value[1]] : value;
}

/** A value of a table: absent where there is none; complex numbers are text. */
export type Cell = string | number | bigint | boolean | undefined;

/** What all values of a column can be. */
export type Kind = "none" | "bool" | "int" | "float" | "text";

function cellOf(kept: Kept | undefined): { readonly cell: Cell; readonly kind: Kind } {
  if (kept === undefined || kept === null) return { cell: undefined, kind: "none" };
  if (Array.isArray(kept)) return { cell: `(${kept.join(", ")})`, kind: "text" };
  if (typeof kept === "object") {
    if ("f" in kept) return { cell: Number(kept.f), kind: "float" };
    const whole = BigInt(kept.i);
    // The least one of 64 bits stands for null.
    return BigInt.asIntN(64, whole) === whole && whole !== -(2n ** 63n)
      ? { cell: whole, kind: "int" }
      : { cell: kept.i, kind: "text" };
  }
  if (typeof kept === "boolean") return { cell: kept, kind: "bool" };
  if (typeof kept === "string") return { cell: kept, kind: "text" };
  return { cell: kept, kind: Number.isInteger(kept) ? "int" : "float" };
}

/** A column: its name, and what was seen of its values. */
export interface Column {
  readonly name: string;
  kind: Kind;
  /** Bytes of the longest text, and of all. */
  longest: number;
  total: number;
  /** Most characters of a value as text. */
  width: number;
}

/** A row: its cells in the order of the columns. */
export type Row = readonly Cell[];

/** The columns of a table of headers, which grow with every file that is seen. */
export interface Columns {
  /** Notes the rows of a file. Throws `Failure` for more columns than a table can have. */
  see(rows: FileRows): void;
  /** All columns so far: `file`, `hdu`, those of the keywords in the order in which they were asked for, `error`. */
  all(): Column[];
  /** How many rows were seen. */
  readonly rowCount: number;
}

/** FITS has no more, and no reader of other formats likes more. */
const mostColumns = 999;

/** @param wanted names of columns, and patterns of names */
export function columnsFor(wanted: readonly string[]): Columns {
  const slots = wanted.map(() => new Map<string, Column>());
  const known = new Map<string, Column>();
  const ends = { file: column("file"), hdu: column("hdu"), error: column("error") };
  let rowCount = 0;
  for (const [i, name] of wanted.entries()) if (!isWild(name)) place(name, i);

  function place(name: string, slot: number): Column {
    const made = known.get(name) ?? column(name);
    if (known.size + 3 > mostColumns)
      throw new Failure(1, `more than ${mostColumns} keywords match; narrow --keywords`);
    if (!known.has(name)) slots[slot]!.set(name, made);
    known.set(name, made);
    return made;
  }
  return {
    get rowCount() {
      return rowCount;
    },
    see({ file, hdus, error }) {
      for (const { hdu, values } of hdus) {
        if (hdu !== undefined) note(ends.hdu, hdu);
        for (const [name, kept] of Object.entries(values))
          note(
            known.get(name) ??
              place(
                name,
                wanted.findIndex((pattern) => matchesKeyword(pattern, name.toUpperCase())),
              ),
            kept,
          );
      }
      const rows = Math.max(1, hdus.length);
      for (let i = 0; i < rows; i++) note(ends.file, file);
      if (error !== undefined) note(ends.error, error);
      rowCount += rows;
    },
    all: () => [ends.file, ends.hdu, ...slots.flatMap((slot) => [...slot.values()]), ends.error],
  };
}

function isWild(keyword: string): boolean {
  return isPattern(keyword) || keyword.includes("[");
}

function column(name: string): Column {
  return { name, kind: "none", longest: 0, total: 0, width: name.length };
}

function note(into: Column, kept: Kept): void {
  const { cell, kind } = cellOf(kept);
  if (cell === undefined) return;
  const text = String(cell);
  const bytes = Buffer.byteLength(text);
  into.longest = Math.max(into.longest, bytes);
  into.total += bytes;
  into.width = Math.max(into.width, text.length);
  if (into.kind === "none") into.kind = kind;
  else if (into.kind !== kind)
    into.kind = /^(int|float)$/.test(kind) && /^(int|float)$/.test(into.kind) ? "float" : "text";
}

/** The rows of a file, a cell for each column. */
export function* cellsOf(
  { file, hdus, error }: FileRows,
  columns: readonly Column[],
): Generator<Row, undefined> {
  const keywords = columns.slice(2, -1);
  for (const { hdu, values } of hdus.length > 0
    ? hdus
    : [{ hdu: undefined, values: {} as FileRows["hdus"][0]["values"] }])
    yield [file, hdu, ...keywords.map(({ name }) => cellOf(values[name]).cell), error];
}
