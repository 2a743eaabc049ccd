/** The parts of the table panel that draw nothing: cells, rows in sight, conditions, plots, positions. */
import { type Batch, type ByteRange, type Column, findCoordinates, open, type TableHdu } from "fitslice";
import { wcsOf } from "fitslice/wcs";
import { fitsBytes, imageHdu, tableHdu } from "fitslice/write";
import { describe, expect, test } from "vitest";
import { cellWidth, cellWriter, isNumber, parseDisplay } from "../../viewer/src/panels/cell-text.js";
import { RowWindow, rowsInSight, rowsOfBlock } from "../../viewer/src/panels/row-window.js";
import { firstColumns } from "../../viewer/src/panels/table-columns.js";
import { plottedText } from "../../viewer/src/panels/table-plot.js";
import {
  type FoundRows,
  findRows,
  foundRow,
  pairPlans,
  readPair,
  readPosition,
  readPositions,
  sampledRows,
} from "../../viewer/src/panels/table-reads.js";
import { pixelsOfPoints, ringsPath } from "../../viewer/src/sky/points.js";

const column = (patch: Partial<Column> & { dtype: Column["dtype"] }): Column =>
  ({ name: "c", index: 0, format: "1E", shape: [], repeat: 1, width: 4, stringBytes: 0, ...patch }) as Column;

describe("cells", () => {
  const number = (display: string | undefined, value: number | bigint): string =>
    cellWriter(column({ dtype: "float64", ...(display && { display }) }))(value);

  test("are written as TDISPn says", () => {
    const written = [
      ["F8.3", 1.23456, "1.235"],
      ["F5", 2.6, "3"],
      ["I5", 42, "42"],
      ["I6.4", -42, "-0042"],
      ["E10.3", 0.0012345, "1.234E-03"],
      ["D12.2E3", 1e100, "1.00E+100"],
      ["ES9.1", -54321, "-5.4E+04"],
      ["EN10.2", 54321, "54.32E+03"],
      ["EN10.2", 999_999, "1.00E+06"],
      ["EN8.1", 0.00012, "120.0E-06"],
      ["G10.4", 2.34567, "2.346"],
      ["Z4", 255, "FF"],
      ["O4.4", 8, "0010"],
      ["B8", 5n, "101"],
    ] as const;
    for (const [display, value, text] of written)
      expect([display, number(display, value)]).toEqual([display, text]);
  });

  test("that a format is not for, and formats that are none, are written as usual", () => {
    expect(number("I5", 2.5)).toBe("2.5");
    expect(number("A8", 2.5)).toBe("2.5");
    expect(number("<b>", 2.5)).toBe("2.5");
    expect(number("F8.3", Number.NaN)).toBe("NaN");
    expect(number("F8.3", 1e300)).toBe("1.000e+300");
    expect(number(undefined, 0.1 + 0.2)).toBe("0.3");
    expect(parseDisplay("F8.3.2")).toBeUndefined();
    expect(parseDisplay(" es12.4 ")).toEqual({ code: "ES", width: 12, digits: 4 });
  });

  test("of other types are short text", () => {
    const write = (dtype: Column["dtype"], cell: Parameters<ReturnType<typeof cellWriter>>[0]): string =>
      cellWriter(column({ dtype }))(cell);
    expect(write("bool", true)).toBe("T");
    expect(write("float32", null)).toBe("");
    expect(write("string", "x".repeat(1000))).toBe(`${"x".repeat(120)}\u2026`);
    expect(write("int32", [1, null, 3])).toBe("[1, null, 3]");
    expect(write("int32", [1, 2, 3, 4, 5])).toBe("[1, 2, 3, 4, \u2026 5]");
    expect(write("complex64", [1, -2])).toBe("(1, -2)");
    expect(
      write("complex64", [
        [1, -2],
        [0, 1],
      ]),
    ).toBe("[(1, -2), (0, 1)]");
  });

  test("have room", () => {
    expect(cellWidth(column({ dtype: "string", stringBytes: 1000 }))).toBe(24);
    expect(cellWidth(column({ dtype: "float64", display: "F16.3" }))).toBe(16);
    expect(isNumber(column({ dtype: "float32", shape: [2] }))).toBe(false);
  });
});

describe("rows in sight", () => {
  test("are those between the top and the foot", () => {
    expect(rowsInSight(1000, 24, 0, 240)).toEqual({ height: 24_000, first: 0, count: 11, top: 0 });
    expect(rowsInSight(1000, 24, 250, 240)).toEqual({ height: 24_000, first: 10, count: 11, top: 240 });
    expect(rowsInSight(1000, 24, 24_000 - 240, 240)).toMatchObject({ first: 990, count: 10 });
    expect(rowsInSight(0, 24, 0, 240)).toMatchObject({ first: 0, count: 0, height: 0 });
  });

  test("of two thousand million rows reach from the first to the last", () => {
    const rows = 2e9;
    const { height } = rowsInSight(rows, 24, 0, 480);
    expect(height).toBeLessThanOrEqual(8e6);
    expect(rowsInSight(rows, 24, 0, 480).first).toBe(0);
    const last = rowsInSight(rows, 24, height - 480, 480);
    expect(last.first + last.count).toBe(rows);
    expect(last.top + last.count * 24).toBeLessThanOrEqual(height);
    expect(last.top).toBe(height - 480);
  });
});

describe("the window of rows", () => {
  interface Asked {
    readonly start: number;
    readonly stop: number;
    readonly signal: AbortSignal;
    come(): Promise<void>;
    fail(): Promise<void>;
  }
  const newWindow = (mostBlocks = 3) => {
    const asked: Asked[] = [];
    const errors: string[] = [];
    const window = new RowWindow({
      rowCount: 1000,
      blockRows: 10,
      mostBlocks,
      read: (start, stop, signal) =>
        new Promise((resolve, reject) => {
          asked.push({
            start,
            stop,
            signal,
            come: async () => resolve({ start, stop } as Batch),
            fail: async () => reject(new Error("broken")),
          });
        }),
      changed: () => {},
      failed: ({ message }) => errors.push(message),
    });
    return { window, asked, errors };
  };

  test("reads each block once, and has its rows", async () => {
    const { window, asked } = newWindow();
    window.want(5, 20);
    window.want(6, 20);
    expect(asked.map(({ start, stop }) => [start, stop])).toEqual([
      [0, 10],
      [10, 20],
      [20, 30],
    ]);
    await asked[1]!.come();
    expect(window.get(12)).toEqual({ batch: { start: 10, stop: 20 }, i: 2 });
    expect(window.get(5)).toBeUndefined();
    window.want(6, 20);
    expect(asked.length).toBe(3);
  });

  test("stops reading what is left, keeps what came last, and reads no broken block again", async () => {
    const { window, asked, errors } = newWindow(2);
    window.want(0, 10);
    await asked[0]!.come();
    window.want(100, 10);
    window.want(500, 20);
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([false, true, false, false]);
    await asked[2]!.come();
    await asked[3]!.fail();
    expect(errors).toEqual(["broken"]);
    window.want(500, 20);
    expect(asked.length).toBe(4);
    window.want(990, 100);
    expect([asked[4]!.start, asked[4]!.stop]).toEqual([990, 1000]);
    await asked[4]!.come();
    expect(window.get(0)).toBeUndefined();
    expect(window.get(505)).toBeDefined();
    window.want(200, 5);
    window.close();
    expect(asked[5]!.signal.aborted).toBe(true);
    expect(window.isReading).toBe(false);
  });

  test("has blocks of about a megabyte", () => {
    expect([rowsOfBlock(100), rowsOfBlock(50_000), rowsOfBlock(1e9)]).toEqual([128, 20, 1]);
  });
});

const rows = 1000;
/** A table of positions around 10, 20 degrees; every tenth FLAG is null. */
async function table(): Promise<TableHdu> {
  const values = (of: (i: number) => number): Float64Array<ArrayBuffer> =>
    Float64Array.from({ length: rows }, (_, i) => of(i));
  const columns = [
    { name: "ra", format: "1D", unit: "deg" },
    { name: "dec", format: "1D", unit: "arcmin" },
    { name: "flag", format: "1I", null: 7 },
    { name: "wide", format: "2000E" },
    { name: "name", format: "6A" },
  ];
  const validity = new Uint8Array(rows / 8).fill(255);
  for (let i = 0; i < rows; i += 10) validity[i >> 3]! &= ~(1 << (i & 7));
  const batch = {
    columns: [
      { values: values((i) => 10 + i * 1e-3) },
      { values: values((i) => 1200 + i * 0.01) },
      {
        values: Int16Array.from({ length: rows }, (_, i) => (i % 10 === 0 ? 0 : 100 + (i % 10))),
        valid: validity,
      },
      { values: new Float32Array(rows * 2000) },
      { values: Array.from({ length: rows }, (_, i) => `r${i}`) },
    ],
  };
  const fits = await open(await fitsBytes([imageHdu({}), tableHdu({ columns, batches: [batch] })]));
  return fits.table(1);
}

describe("a table", () => {
  const { signal } = new AbortController();

  test("shows its narrow columns first", async () => {
    const { columns } = await table();
    expect(firstColumns(columns)).toEqual([0, 1, 2, 4]);
    expect(firstColumns(columns.slice(3, 4))).toEqual([3]);
  });

  test("finds the rows that pass, as they come", async () => {
    const hdu = await table();
    let found: FoundRows | undefined;
    for await (const news of findRows(hdu, [hdu.columns[4]!, hdu.columns[2]!], "flag == 103", signal))
      found = news;
    expect([found!.count, found!.looked, found!.isWhole]).toEqual([100, 1000, true]);
    const held = foundRow(found!, 42)!;
    expect(held.batch.rowNumber(held.i)).toBe(423);
    expect(held.batch.columns[0]!.get(held.i)).toBe("r423");
    expect(foundRow(found!, 100)).toBeUndefined();
    expect(foundRow({ ...found!, batches: [], starts: [], count: 0 }, 0)).toBeUndefined();
  });

  test("finds none, and says in a line what is wrong with a condition", async () => {
    const hdu = await table();
    const all: FoundRows[] = [];
    for await (const news of findRows(hdu, [hdu.columns[0]!], "ra > 99", signal)) all.push(news);
    expect(all.map(({ count, isWhole }) => [count, isWhole])).toEqual([[0, true]]);
    await expect(findRows(hdu, [hdu.columns[0]!], "nothing > 99", signal).next()).rejects.toThrow(/nothing/);
  });

  test("is sampled in stretches at equal distances, its first and last rows with it", () => {
    expect(sampledRows(100)).toEqual([{ start: 0, stop: 100 }]);
    const some = sampledRows(1_000_000_007);
    expect(some.length).toBe(50);
    expect([some[0]!.start, some.at(-1)!.stop]).toEqual([0, 1_000_000_007]);
    expect(some.reduce((sum, { start, stop }) => sum + stop! - start!, 0)).toBe(100_000);
    expect(some.every(({ start }, i) => i === 0 || start! >= some[i - 1]!.stop!)).toBe(true);
    expect(plottedText(5, 300_000, true)).toBe(
      "5 rows that pass, among 100000 of 300000, in stretches at equal distances",
    );
    expect(plottedText(300, 300, false)).toBe("300 rows");
  });

  test("gives pairs of values, null as NaN, of the rows that pass", async () => {
    const hdu = await table();
    const pair = [hdu.columns[0]!, hdu.columns[2]!] as const;
    const [ra, flag] = await readPair(hdu, pair, { where: undefined, signal });
    expect([ra.length, ra[999], flag[1]]).toEqual([1000, 10.999, 101]);
    expect(flag[10]).toBeNaN();
    const [some] = await readPair(hdu, pair, { where: "flag == 109", signal });
    expect([some.length, some[0]]).toEqual([100, 10.009]);
    // Each read is one that the cache keeps.
    expect(pairPlans(hdu, pair, undefined).length).toBe(2);
  });

  test("of a table that the file's cache can hold is read once, whatever is asked of it next", async () => {
    const rowCount = 20_000;
    const columns = ["a", "b"]
      .map((name) => ({ name, format: "1J" }))
      .concat({ name: "pad", format: "600B" });
    const values = Int32Array.from({ length: rowCount }, (_, i) => i);
    const batch = { columns: [{ values }, { values }, { values: new Uint8Array(rowCount * 600) }] };
    const bytes = await fitsBytes([tableHdu({ columns, batches: [batch] })]);
    let moved = 0;
    const fits = await open({
      size: bytes.length,
      getRange: async ({ offset, length }: ByteRange) => {
        moved += length;
        return bytes.slice(offset, offset + length);
      },
    });
    const hdu = await fits.table(1);
    const [a, b] = hdu.columns as [Column, Column];
    const count = async (where: string): Promise<number> => {
      let found = 0;
      for await (const news of findRows(hdu, [a], where, signal)) found = news.count;
      return found;
    };
    expect(await count("a < 15")).toBe(15);
    const once = moved;
    expect(once).toBeGreaterThan(rowCount * 600);
    expect(await count("b < 25")).toBe(25);
    expect((await readPair(hdu, [a, b], { where: undefined, signal }))[1][19_999]).toBe(19_999);
    expect(moved - once).toBe(0);
    await fits.close();
  });

  test("has positions in degrees", async () => {
    const hdu = await table();
    const coordinates = findCoordinates(hdu.columns)!;
    const points = await readPositions(hdu, coordinates, { where: "ra < 10.0025", signal });
    expect(points).toMatchObject({ name: "table", frame: "icrs" });
    expect([...points.lon]).toEqual([10, 10.001, 10.002]);
    expect(points.lat[2]).toBeCloseTo(20 + 0.02 / 60, 12);
    const one = await readPosition(hdu, coordinates, 2, signal);
    expect([one.lon[0], one.lat[0]]).toEqual([points.lon[2], points.lat[2]]);
  });
});

describe("positions on a picture", () => {
  const wcs = async (types: readonly [string, string], values: readonly [number, number]) => {
    const keywords = {
      CTYPE1: types[0],
      CTYPE2: types[1],
      CRVAL1: values[0],
      CRVAL2: values[1],
      CRPIX1: 51,
      CRPIX2: 41,
      CDELT1: -0.01,
      CDELT2: 0.01,
    };
    const header = Object.entries(keywords).map(([keyword, value]) => ({ keyword, value }));
    const fits = await open(await fitsBytes([imageHdu({ header })]));
    return wcsOf((await fits.hdu(0)).header);
  };
  const points = (frame: "icrs" | "galactic", lon: number[], lat: number[]) => ({
    name: "x",
    frame,
    lon: Float64Array.from(lon),
    lat: Float64Array.from(lat),
  });

  test("lie where the WCS has them; what has no position is nowhere", async () => {
    const sky = await wcs(["RA---TAN", "DEC--TAN"], [266.405, -28.936]);
    const { x, y } = pixelsOfPoints(sky, points("icrs", [266.405, Number.NaN], [-28.936, 1]))!;
    expect([x[0], y[0]]).toEqual([expect.closeTo(50, 6), expect.closeTo(40, 6)]);
    expect(x[1]! + y[1]!).toBeNaN();
    // The galactic center, to the 0.1 arcsec of these numbers.
    const center = pixelsOfPoints(sky, points("galactic", [0], [0]))!;
    expect(Math.hypot(center.x[0]! - 50, center.y[0]! - 40)).toBeLessThan(0.06);
  });

  test("are on no picture of other axes", async () => {
    expect(pixelsOfPoints(await wcs(["X", "Y"], [0, 0]), points("icrs", [0], [0]))).toBeUndefined();
    expect(pixelsOfPoints(undefined, points("icrs", [0], [0]))).toBeUndefined();
  });

  test("are rings, those in sight, and not too many", () => {
    const placement = {
      toCanvas: (x: number, y: number) => [x, 100 - y] as const,
      toImage: (left: number, top: number) => [left, 100 - top] as const,
    };
    const path = ringsPath(
      { x: Float64Array.of(10, 500, Number.NaN), y: Float64Array.of(20, 20, 1) },
      placement,
      [100, 100],
    );
    expect(path).toBe("M6.0 80.0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0");
    const many = { x: new Float64Array(100_000).fill(5), y: new Float64Array(100_000).fill(5) };
    expect(ringsPath(many, placement, [100, 100]).split("M").length - 1).toBe(5000);
  });
});
