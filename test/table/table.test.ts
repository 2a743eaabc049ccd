/**
 * What a table HDU does: columns by name, index and glob, rows, batches, conditions, circles, plans.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Batch } from "../../src/hdu/table.js";
import { ascii, type MadeTable, openTable, remoteTable, rowsOf } from "./made.js";

const count = 5000;

/** id K, mag E, name 6A, tags PJ, n J with nulls. */
const heap = rowsOf(count * 2, 4, (view, i) => view.setInt32(0, i));
const catalogue: MadeTable = {
  columns: { id: "K", mag: "E", name: "6A", tags: "PJ(2)", n: "J", ra: "D", dec: "D" },
  rowBytes: 46,
  rows: rowsOf(count, 46, (view, i) => {
    view.setBigInt64(0, 2n ** 60n + BigInt(i));
    view.setFloat32(8, i / 10);
    for (const [k, byte] of ascii(`s${i}`.padEnd(6)).entries()) view.setUint8(12 + k, byte);
    view.setInt32(18, i % 3);
    view.setInt32(22, i * 8);
    view.setInt32(26, i % 5 === 0 ? -1 : i);
    view.setFloat64(30, (i * 360) / count);
    view.setFloat64(38, 45);
  }),
  heap,
  cards: { TNULL5: -1, TUNIT6: "deg", TUNIT7: "deg" },
};

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("columns", () => {
  it("are found by name in any case, by index and by glob", async () => {
    const hdu = await openTable(catalogue);
    expect((await hdu.column("MAG", { rows: { stop: 3 } })).get(2)).toBeCloseTo(0.2);
    expect((await hdu.column(4, { rows: { start: -1 } })).get(0)).toBe(4999);
    const globbed = (await hdu.select({ columns: ["?a*", "id"], rows: { stop: 1 } })).columns;
    expect(globbed.map(({ column }) => column.name)).toEqual(["mag", "name", "tags", "ra", "id"]);
    await expect(hdu.column("flux")).rejects.toMatchObject({ code: "NO_SUCH_COLUMN" });
  });

  it("are one typed array, with a bitmap where TNULL occurs", async () => {
    const hdu = await openTable(catalogue);
    const n = await hdu.column("n");
    expect(n.kind).toBe("number");
    expect(n.kind === "number" && n.data).toBeInstanceOf(Int32Array);
    expect(n.nullCount).toBe(1000);
    expect([n.get(0), n.get(1), n.at(-1), n.at(9999)]).toEqual([null, 1, 4999, undefined]);
    const id = await hdu.column("id");
    expect(id.validity).toBeUndefined();
    expect(id.get(3)).toBe(2n ** 60n + 3n);
  });

  it("of strings and of variable length are offsets and values", async () => {
    const hdu = await openTable(catalogue);
    const [name, tags] = (await hdu.select({ columns: ["name", "tags"], rows: { start: 10, stop: 13 } }))
      .columns;
    expect([...name!]).toEqual(["s10", "s11", "s12"]);
    expect(name!.kind === "string" && [...name!.offsets]).toEqual([0, 3, 6, 9]);
    expect([...tags!]).toEqual([[20], [22, 23], []]);
  });
});

describe("batches", () => {
  it("hold all rows in order, however they are cut", async () => {
    const hdu = await openTable(catalogue);
    const whole = await hdu.column("id");
    for (const batchRows of [1, 7, 999, 5000, 100_000]) {
      const rows = batchRows === 1 ? { start: 40, stop: 60 } : { start: 0 };
      const parts = await collect(hdu.batches({ columns: ["id"], rows, batchRows }));
      expect(parts.flatMap(({ columns }) => [...columns[0]!])).toEqual(
        [...whole].slice(rows.start, rows.start === 40 ? 60 : undefined),
      );
    }
  });

  it("stop reading when the loop is left, and end with the signal's reason", async () => {
    const hdu = await openTable(catalogue);
    for await (const batch of hdu.batches({ batchRows: 10 })) {
      expect(batch.start).toBe(0);
      break;
    }
    const stop = new AbortController();
    const loop = async (): Promise<void> => {
      for await (const _ of hdu.batches({ batchRows: 10, signal: stop.signal }))
        stop.abort(new Error("enough"));
    };
    await expect(loop()).rejects.toThrow("enough");
  });

  it("give rows as objects with unique names", async () => {
    const hdu = await openTable({
      columns: { a: "B" },
      rowBytes: 3,
      rows: Uint8Array.of(1, 2, 3),
      cards: twice,
    });
    expect(await collect(hdu.rows())).toEqual([{ a: 1, a_2: 2, col3: 3 }]);
  });
});

const twice = { TFIELDS: 3, TTYPE2: "a", TFORM2: "B", TFORM3: "B" };

describe("conditions", () => {
  it("keep the rows that a loop would keep, in one pass or two", async () => {
    const hdu = await openTable(catalogue);
    const ids = (batch: Batch): unknown[] => [...batch.column("id")];
    const found = await hdu.select({ columns: ["id", "tags", "name"], where: "mag < 2 and n is not null" });
    expect(ids(found)).toEqual(
      Array.from({ length: 20 }, (_, i) => i)
        .filter((i) => i % 5)
        .map((i) => 2n ** 60n + BigInt(i)),
    );
    expect(found.rowNumber(3)).toBe(4);
    expect(found.column("tags").get(4)).toEqual([]);
    expect(found.column("tags").get(3)).toEqual([8]);
    const limited = await hdu.select({ columns: ["id"], where: "n > 100", limit: 3 });
    expect(ids(limited)).toEqual([101, 102, 103].map((i) => 2n ** 60n + BigInt(i)));
    const none = await hdu.select({ columns: ["id"], where: "n < -5" });
    expect(none.length).toBe(0);
    expect(none.columns[0]!.length).toBe(0);
  });

  it("on 64-bit integers are exact", async () => {
    const hdu = await openTable(catalogue);
    const found = await hdu.select({ columns: ["n"], where: `id = ${2n ** 60n + 7n}` });
    expect([...found.columns[0]!]).toEqual([7]);
  });

  it("move no heap that the rows that pass do not need, and read their rows once", async () => {
    const { hdu, profile } = await remoteTable(catalogue);
    const found = await hdu.select({ where: "n = 77 or n = 78", profile });
    expect(found.length).toBe(2);
    const { bytes, roundTrips } = profile.summary();
    expect(roundTrips).toBeLessThanOrEqual(2);
    expect(bytes).toBeLessThan(catalogue.rows.length + 2000);
  });

  it("on a narrow column of wide rows read only that column first", async () => {
    const width = 20_000;
    const wide: MadeTable = {
      columns: { key: "J", body: `${width - 4}B` },
      rowBytes: width,
      rows: rowsOf(60, width, (view, i) => {
        view.setInt32(0, i);
        view.setUint8(width - 1, i);
      }),
    };
    const { hdu, profile } = await remoteTable(wide);
    const found = await hdu.select({ where: "key = 41", profile, optimize: "bytes" });
    const body = found.column("body").get(0) as number[];
    expect(body.at(-1)).toBe(41);
    expect(profile.summary().bytes).toBeLessThanOrEqual(60 * 4 + width);
  });

  it("of circles find the rows that spherical trigonometry finds", async () => {
    const hdu = await openTable(catalogue);
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 360, noNaN: true }),
        fc.double({ min: -90, max: 90, noNaN: true }),
        fc.double({ min: 0, max: 180, noNaN: true }),
        async (ra, dec, radius) => {
          const found = await hdu.select({ columns: ["ra"], cone: { ra, dec, radius } });
          const inside = new Set([...found.columns[0]!] as number[]);
          const rad = Math.PI / 180;
          for (let i = 0; i < count; i += 97) {
            const lon = (i * 360) / count;
            const v = (l: number, b: number): number[] => [
              Math.cos(b) * Math.cos(l),
              Math.cos(b) * Math.sin(l),
              Math.sin(b),
            ];
            const [p, q] = [v(lon * rad, 45 * rad), v(ra * rad, dec * rad)];
            const chord = Math.hypot(...p.map((x, k) => x - q[k]!));
            const distance = (2 * Math.asin(Math.min(1, chord / 2))) / rad;
            if (Math.abs(distance - radius) > 1e-6) expect(inside.has(lon)).toBe(distance < radius);
          }
        },
      ),
      { numRuns: 12 },
    );
  });
});
