/**
 * Random tables of every kind of column for the tests of exports: those of the writer's tests, and nulls, scaling,
 * nested variable arrays, values that come again.
 */
import fc from "fast-check";
import type { TableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import type { BatchColumn, WriteColumn } from "../../src/write/index.js";
import { fitsBytes, tableHdu } from "../../src/write/index.js";
import { table as writtenTable } from "../write/random.js";

interface Made {
  readonly column: WriteColumn;
  readonly values: BatchColumn;
}

type Maker = (rows: number, name: string) => fc.Arbitrary<Made>;

const types = { B: Uint8Array, I: Int16Array, J: Int32Array } as const;

function bits(flags: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(flags.length / 8));
  for (const [i, flag] of flags.entries()) if (flag) bytes[i >> 3]! |= 1 << (i & 7);
  return bytes;
}

/** Small integers that come again, some of them null. */
const nulls: Maker = (rows, name) =>
  fc.tuple(fc.constantFrom("B", "I", "J", "K"), fc.integer({ min: 1, max: 3 })).chain(([letter, repeat]) =>
    fc
      .array(fc.option(fc.integer({ min: 1, max: 9 })), {
        minLength: rows * repeat,
        maxLength: rows * repeat,
      })
      .map((cells) => {
        const list = cells.map((cell) => cell ?? 0);
        const values = letter === "K" ? BigInt64Array.from(list, BigInt) : types[letter as "B"].from(list);
        const valid = bits(cells.map((cell) => cell !== null));
        return {
          column: {
            name,
            format: `${repeat}${letter}`,
            null: 99,
            display: "I5",
            description: "of nulls",
            ucd: "meta",
          },
          values: { values, valid },
        };
      }),
  );

/** Stored integers with a scale. */
const scaled: Maker = (rows, name) =>
  fc.tuple(fc.constantFrom("B", "I", "J"), fc.integer({ min: 1, max: 3 })).chain(([letter, repeat]) =>
    fc
      .array(fc.integer({ min: 0, max: 200 }), { minLength: rows * repeat, maxLength: rows * repeat })
      .map((list) => ({
        column: { name, format: `${repeat}${letter}`, scale: 0.25, zero: -3, unit: "Jy", null: 255 },
        values: { values: types[letter as "B"].from(list) },
      })),
  );

/** Variable arrays of two axes, with a TDIM. */
const nested: Maker = (rows, name) =>
  fc.array(fc.nat({ max: 3 }), { minLength: rows, maxLength: rows }).map((lengths) => {
    let at = 0;
    const offsets = [0, ...lengths.map((n) => (at += 6 * n))];
    const values = Int16Array.from({ length: at }, (_, i) => i - 7);
    return { column: { name, format: "1PI", dim: "(3,2,4)" }, values: { values: { offsets, values } } };
  });

/** Variable arrays with nulls. */
const holes: Maker = (rows, name) =>
  fc
    .array(fc.array(fc.option(fc.integer({ min: 0, max: 5 })), { maxLength: 4 }), {
      minLength: rows,
      maxLength: rows,
    })
    .map((cells) => {
      let at = 0;
      const offsets = [0, ...cells.map(({ length }) => (at += length))];
      const flat = cells.flat();
      return {
        column: { name, format: "1QJ", null: -1 },
        values: {
          values: { offsets, values: Int32Array.from(flat, (cell) => cell ?? 0) },
          valid: bits(flat.map((cell) => cell !== null)),
        },
      };
    });

/** Logicals of which some are null. */
const unknowns: Maker = (rows, name) =>
  fc.array(fc.option(fc.boolean()), { minLength: rows, maxLength: rows }).map((cells) => ({
    column: { name, format: "L" },
    values: { values: Uint8Array.from(cells, Number), valid: bits(cells.map((cell) => cell !== null)) },
  }));

/** Words that come again, also empty ones and such as CSV quotes. */
const words: Maker = (rows, name) =>
  fc
    .array(fc.constantFrom("", "STAR", "GALAXY", 'a "b"', "x,y", "-1", "=1+1"), {
      minLength: rows,
      maxLength: rows,
    })
    .map((list) => ({ column: { name, format: "8A" }, values: { values: list } }));

const extremes: Maker = (rows, name) =>
  fc.tuple(fc.constantFrom("E", "D"), fc.boolean()).chain(([letter]) =>
    fc
      .array(
        fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 1.5),
        {
          minLength: rows,
          maxLength: rows,
        },
      )
      .map((list) => ({
        column: { name, format: letter },
        values: { values: letter === "E" ? Float32Array.from(list) : Float64Array.from(list) },
      })),
  );

const many = (rows: number, third: string): fc.Arbitrary<Made[]> =>
  fc
    .array(fc.constantFrom(nulls, scaled, nested, holes, unknowns, words, extremes), {
      minLength: 1,
      maxLength: 6,
    })
    .chain((makers) => fc.tuple(...makers.map((make, i) => make(rows, i === 2 ? third : `m${i}`))));

type File = () => Promise<Uint8Array<ArrayBuffer>>;

/** A FITS file with a table of 1 to 40 rows of such columns, or one of the writer's tests. */
const fitsOf = (third: string): fc.Arbitrary<File> =>
  fc
    .oneof(
      writtenTable.map(({ columns }) => columns as readonly Made[]),
      fc.integer({ min: 1, max: 40 }).chain((rows) => many(rows, third)),
    )
    .map(
      (made) => () =>
        fitsBytes([
          tableHdu({
            columns: made.map(({ column }) => column),
            batches: [{ columns: made.map(({ values }) => values) }],
            name: "RANDOM",
          }),
        ]),
    );

/** Tables of which the third column may have no name. */
export const randomFits: fc.Arbitrary<File> = fitsOf("");
/** Tables whose columns all have names. */
export const namedFits: fc.Arbitrary<File> = fitsOf("m2");

export async function openRandom(bytes: Uint8Array<ArrayBuffer>): Promise<TableHdu> {
  return (await open(bytes)).table(1);
}
