/**
 * Random headers, images and tables for the writer's tests, each with what a reader must find in it, in the form of
 * astropy_read.py.
 */
import fc from "fast-check";
import { dtypeOf } from "../../src/array.js";
import type { AnyArray } from "../../src/write/bigendian.js";
import type { BatchColumn, TableBatch, WriteColumn } from "../../src/write/index.js";

export type Shown = string | boolean | null | Shown[];

/** Of a numeric element: integers as text, floats as the hex digits of their big-endian bytes. */
export function shown(value: number | bigint, dtype: string): string {
  if (!dtype.startsWith("float")) return String(value);
  const view = new DataView(new ArrayBuffer(8));
  const size = dtype === "float32" ? 4 : 8;
  if (size === 4) view.setFloat32(0, Number(value));
  else view.setFloat64(0, Number(value));
  return Buffer.from(view.buffer, 0, size).toString("hex");
}

export interface RandomColumn {
  readonly column: WriteColumn;
  readonly values: BatchColumn;
  readonly cells: Shown[];
}

export interface RandomTable {
  readonly rows: number;
  readonly columns: RandomColumn[];
}

const bytes = (n: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.uint8Array({ minLength: n, maxLength: n }).map((a) => new Uint8Array(a));

/** Typed arrays of `n` elements of any bits, but for NaN, which have many. */
function elements(dtype: string, n: number): fc.Arbitrary<AnyArray> {
  const of = { noNaN: true, noDefaultInfinity: false };
  const list = (arb: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
    fc.array(arb, { minLength: n, maxLength: n });
  switch (dtype) {
    case "float32":
      return list(fc.float(of)).map((a) => new Float32Array(a));
    case "float64":
      return list(fc.double(of)).map((a) => new Float64Array(a));
    case "int8":
      return bytes(n).map((b) => new Int8Array(b.buffer));
    case "int16":
      return bytes(n * 2).map((b) => new Int16Array(b.buffer));
    case "uint16":
      return bytes(n * 2).map((b) => new Uint16Array(b.buffer));
    case "int32":
      return bytes(n * 4).map((b) => new Int32Array(b.buffer));
    case "uint32":
      return bytes(n * 4).map((b) => new Uint32Array(b.buffer));
    case "int64":
      return bytes(n * 8).map((b) => new BigInt64Array(b.buffer));
    case "uint64":
      return bytes(n * 8).map((b) => new BigUint64Array(b.buffer));
    default:
      return bytes(n);
  }
}

export const imageTypes = [
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float32",
  "float64",
] as const;

/** An image of up to 4 axes, with its expected physical values as hex digits. */
export const image: fc.Arbitrary<{ data: AnyArray; shape: number[] }> = fc
  .tuple(
    fc.constantFrom(...imageTypes),
    fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
  )
  .chain(([dtype, shape]) =>
    elements(
      dtype,
      shape.reduce((n, k) => n * k, 1),
    ).map((data) => ({ data, shape })),
  );

const letters = { B: "uint8", I: "int16", J: "int32", K: "int64", E: "float32", D: "float64" } as const;
// astropy 5.2 does not apply the TZERO of signed bytes in tables, hence no int8.
const unsigned = { I: "uint16", J: "uint32", K: "uint64" } as const;
const string = fc.stringMatching(/^[!-~]{1,3}([ -~]{0,3}[!-~])?$/);

function groups(values: Shown[], size: number): Shown[] {
  return Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));
}

/** Cells of a fixed repeat: plain values for 1, else arrays. */
function cellsOf(values: Shown[], repeat: number): Shown[] {
  return repeat === 1 ? values : groups(values, repeat);
}

function all(array: AnyArray): string[] {
  const dtype = dtypeOf(array, "");
  return Array.from(array as ArrayLike<number | bigint>, (value) => shown(value, dtype));
}

function numeric(rows: number, name: string): fc.Arbitrary<RandomColumn> {
  return fc
    .tuple(
      fc.constantFrom(...(Object.keys(letters) as (keyof typeof letters)[])),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
    )
    .chain(([letter, repeat, flip]) => {
      const dtype = flip && letter in unsigned ? unsigned[letter as "I"] : letters[letter];
      return elements(dtype, rows * repeat).map((values) => ({
        column: { name, format: `${repeat}${letter}`, unit: "m s-1" },
        values: { values },
        cells: cellsOf(all(values), repeat),
      }));
    });
}

function shaped(rows: number, name: string): fc.Arbitrary<RandomColumn> {
  return elements("int32", rows * 6).map((values) => ({
    column: { name, format: "6J", dim: "(3,2)" },
    values: { values },
    cells: groups(groups(all(values), 3), 2),
  }));
}

function complex(rows: number, name: string): fc.Arbitrary<RandomColumn> {
  return fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 3 })).chain(([single, repeat]) =>
    elements(single ? "float32" : "float64", rows * repeat * 2).map((values) => ({
      column: { name, format: `${repeat}${single ? "C" : "M"}` },
      values: { values },
      cells: cellsOf(groups(all(values), 2), repeat),
    })),
  );
}

function logical(rows: number, name: string): fc.Arbitrary<RandomColumn> {
  return fc.tuple(fc.constantFrom("L", "X"), fc.integer({ min: 1, max: 19 })).chain(([letter, repeat]) =>
    fc.array(fc.boolean(), { minLength: rows * repeat, maxLength: rows * repeat }).map((bits) => ({
      column: { name, format: `${repeat}${letter}` },
      values: { values: Uint8Array.from(bits, Number) },
      cells: letter === "X" ? groups(bits, repeat) : cellsOf(bits, repeat),
    })),
  );
}

function text(rows: number, name: string): fc.Arbitrary<RandomColumn> {
  return fc
    .tuple(
      fc.array(string, { minLength: rows * 2, maxLength: rows * 2 }),
      fc.constantFrom(1, 2),
      fc.boolean(),
    )
    .map(([list, per, packed]) => {
      const strings = list.slice(0, rows * per);
      const flat = Buffer.from(strings.join(""));
      let at = 0;
      const offsets = [0, ...strings.map((s) => (at += s.length))];
      return {
        column: per === 1 ? { name, format: "8A", display: "A8" } : { name, format: "16A", dim: "(8,2)" },
        values: { values: packed ? { offsets, values: new Uint8Array(flat) } : strings },
        cells: per === 1 ? strings : groups(strings, 2),
      };
    });
}

function variable(rows: number, name: string): fc.Arbitrary<RandomColumn> {
  const lengths = fc.array(fc.nat({ max: 5 }), { minLength: rows, maxLength: rows });
  return fc
    .tuple(
      lengths,
      fc.constantFrom("P", "Q"),
      fc.constantFrom(...(Object.keys(letters) as (keyof typeof letters)[]), "C" as const),
    )
    .chain(([lengths, descriptor, letter]) => {
      let at = 0;
      const offsets = [0, ...lengths.map((n) => (at += n))];
      const parts = letter === "C" ? 2 : 1;
      return elements(letter === "C" ? "float32" : letters[letter], at * parts).map((values) => {
        const flat: Shown[] = letter === "C" ? groups(all(values), 2) : all(values);
        return {
          column: { name, format: `1${descriptor}${letter}` },
          values: { values: { offsets, values } },
          cells: lengths.map((n, i) => flat.slice(offsets[i], offsets[i]! + n)),
        };
      });
    });
}

const kinds = [numeric, shaped, complex, logical, text, variable];

/** A binary table of 1 to 7 rows and 1 to 8 columns of all types. */
export const table: fc.Arbitrary<RandomTable> = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 8 }))
  .chain(([rows, makers]) =>
    fc.tuple(...makers.map((make, i) => make(rows, `c${i}`))).map((columns) => ({ rows, columns })),
  );

/** The table as one batch. */
export function batchOf(random: RandomTable): TableBatch {
  return { columns: random.columns.map((column) => column.values) };
}
