/**
 * Tables that go on for ever, and callers who do not wait for their end.
 */
import { describe, expect, it } from "vitest";
import type { TableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import type { ByteRange } from "../../src/source/source.js";
import { type MadeTable, openTable, rowsOf, tableFile } from "./made.js";

/** A table of 2^53 rows, none of which has a byte. */
function endless(columns: Record<string, string>): Promise<TableHdu> {
  const rowCount = Number.MAX_SAFE_INTEGER;
  return openTable({ columns, rowBytes: 0, rows: new Uint8Array(0), cards: { NAXIS2: rowCount } });
}

describe("rows without bytes", () => {
  const columns = { a: "0J", b: "0D", f: "0L" };

  it("are described, counted and cut without a loop over them", async () => {
    const hdu = await endless(columns);
    const summary = await hdu.describe();
    expect(summary.rows).toBe(Number.MAX_SAFE_INTEGER);
    expect(summary.columns.map(({ count, nulls, min }) => [count, nulls, min])).toEqual(
      Array(3).fill([0, 0, null]),
    );
    expect((await hdu.select({ where: "1 < 2" })).length).toBe(Number.MAX_SAFE_INTEGER);
    expect((await hdu.select({ where: "1 > 2" })).length).toBe(0);
    expect((await hdu.select({ where: "1 < 2", limit: 5 })).length).toBe(5);
    expect((await hdu.select({ columns: [] })).columns).toEqual([]);
    expect((await hdu.column("a", { rows: { start: -2 } })).get(1)).toEqual([]);
  });

  it("are refused where memory would be taken for each", async () => {
    const hdu = await endless({ s: "0A", v: "0PJ" });
    for (const name of ["s", "v"]) {
      const wrong = { code: "TOO_LARGE", message: expect.stringContaining("rows of columns without bytes") };
      await expect(hdu.column(name)).rejects.toMatchObject(wrong);
      await expect(hdu.describe({ columns: [name] })).rejects.toMatchObject(wrong);
      await expect(hdu.batches({ columns: [name] }).next()).rejects.toMatchObject(wrong);
      expect(() => hdu.plan({ columns: [name] })).toThrow(expect.objectContaining(wrong));
    }
    await expect(hdu.select({ columns: [], where: "s = ''" })).rejects.toMatchObject({ code: "TOO_LARGE" });
    expect([...(await hdu.column("s", { rows: { stop: 2 } }))]).toEqual(["", ""]);
    expect([...(await hdu.column("v", { rows: { stop: 2 } }))]).toEqual([[], []]);
  });

  it("let others have their turn, and the signal its effect", async () => {
    const hdu = await endless(columns);
    for (const items of [hdu.rows.bind(hdu), hdu.batches.bind(hdu)]) {
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(new Error("enough")), 1);
      const loop = async (): Promise<void> => {
        for await (const _ of items({ signal: stop.signal, batchRows: 1000 })) if (stop.signal.aborted) break;
      };
      await expect(loop()).rejects.toThrow("enough");
      clearTimeout(timer);
    }
  });
});

describe("a compressed table that claims rows without end", () => {
  it("is an error, whatever is asked of it", async () => {
    const hdu = await openTable({
      columns: { n: "1QB(4)", s: "1QB(4)" },
      rowBytes: 32,
      rows: new Uint8Array(32),
      cards: {
        ...{ ZTABLE: true, ZNAXIS1: 4, ZNAXIS2: 1e15, ZFORM1: "J", ZCTYP1: "GZIP_1" },
        ...{ ZFORM2: "0A", ZCTYP2: "GZIP_1", ZTILELEN: 1e15 },
      },
    });
    for (const columns of [["n"], ["s"], ["n", "s"]]) {
      await expect(hdu.select({ columns })).rejects.toMatchObject({ name: "FitsError" });
      await expect(hdu.batches({ columns }).next()).rejects.toMatchObject({ name: "FitsError" });
    }
    expect((await hdu.select({ columns: [] })).length).toBe(1e15);
  });
});

/** A table behind a source that notes what is asked, and answers after a while. */
const table: MadeTable = {
  columns: { n: "J", rest: "996A" },
  rowBytes: 1000,
  rows: rowsOf(4000, 1000, (view, i) => view.setInt32(0, i)),
};

async function slow(): Promise<{ hdu: TableHdu; asked: ByteRange[]; ended: ByteRange[] }> {
  const file = tableFile(table);
  const asked: ByteRange[] = [];
  const ended: ByteRange[] = [];
  const fits = await open({
    href: "memory:slow",
    size: file.length,
    getRange: async (range: ByteRange, { signal }: { signal?: AbortSignal } = {}) => {
      asked.push(range);
      await new Promise((resolve) => setTimeout(resolve, 1));
      signal?.throwIfAborted();
      ended.push(range);
      return file.slice(range.offset, range.offset + range.length);
    },
  });
  const hdu = await fits.table(1);
  asked.length = 0;
  ended.length = 0;
  return { hdu, asked, ended };
}

describe("a caller who has enough", () => {
  it("leaves the loop, and nothing more is read", async () => {
    const { hdu, asked } = await slow();
    for await (const batch of hdu.batches({ batchRows: 200 })) {
      expect(batch.columns[0]!.get(0)).toBe(batch.start);
      if (batch.start >= 1000) break;
    }
    const before = asked.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked.length).toBe(before);
    expect(asked.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(8 * 200 * 1000);
  });

  it("aborts between two batches, though the next is there already", async () => {
    const { hdu } = await slow();
    const stop = new AbortController();
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const batch of hdu.batches({ batchRows: 200, signal: stop.signal })) {
        seen.push(batch.start);
        await new Promise((resolve) => setTimeout(resolve, 10));
        stop.abort(new Error("enough"));
      }
    };
    await expect(loop()).rejects.toThrow("enough");
    expect(seen).toEqual([0]);
  });

  it("has a signal for rows and descriptions, too, that aborts nobody else's read", async () => {
    const { hdu } = await slow();
    const stop = new AbortController();
    const other = hdu.column("n");
    const description = hdu.describe({ signal: stop.signal, batchRows: 100 });
    const rows = hdu.rows({ signal: stop.signal });
    await rows.next();
    stop.abort(new Error("enough"));
    await expect(description).rejects.toThrow("enough");
    await expect(rows.next()).rejects.toThrow("enough");
    expect((await other).get(3999)).toBe(3999);
  });
});

describe("a selection that makes no sense", () => {
  it.each<[name: string, options: object, code: string]>([
    [`start: 0, stop: 5`, { start: 0, stop: 5 }, "BAD_ARGUMENT"],
    [`rows: [0, 5]`, { rows: [0, 5] }, "BAD_SELECTION"],
    [`rows: "0:5"`, { rows: "0:5" }, "BAD_SELECTION"],
    [`rows: { from: 0, to: 5 }`, { rows: { from: 0, to: 5 } }, "BAD_SELECTION"],
    [`rows: { start: 1n }`, { rows: { start: 1n } }, "BAD_SELECTION"],
    [`rows: { stop: 1.5 }`, { rows: { stop: 1.5 } }, "BAD_SELECTION"],
    [`rows: null`, { rows: null }, "BAD_SELECTION"],
    [`columns: "n"`, { columns: "n" }, "BAD_ARGUMENT"],
    [`columns: [1n]`, { columns: [1n] }, "BAD_ARGUMENT"],
    [`columns: [null]`, { columns: [null] }, "BAD_ARGUMENT"],
    [`columns: [7]`, { columns: [7] }, "NO_SUCH_COLUMN"],
    [`where: 5`, { where: 5 }, "BAD_ARGUMENT"],
    [`cone: "0 0 1"`, { cone: "0 0 1" }, "BAD_ARGUMENT"],
    [`cone: { ra: "x", dec: 0, radius: 1 }`, { cone: { ra: "x", dec: 0, radius: 1 } }, "BAD_ARGUMENT"],
    [`limit: -1`, { limit: -1 }, "BAD_ARGUMENT"],
    [`limit: 3n`, { limit: 3n }, "BAD_ARGUMENT"],
    [`batchRows: 0`, { batchRows: 0 }, "BAD_ARGUMENT"],
  ])("(%s) is refused by all that take it", async (_, options, code) => {
    const hdu = await openTable(table);
    const isBatches = "batchRows" in options;
    if (!isBatches) {
      await expect(hdu.select(options as object)).rejects.toMatchObject({ code });
      if (!("columns" in options)) await expect(hdu.column("n", options)).rejects.toMatchObject({ code });
      expect(() => hdu.plan(options as object)).toThrow(expect.objectContaining({ code }));
    }
    await expect(hdu.batches(options as object).next()).rejects.toMatchObject({ code });
    await expect(hdu.rows(options as object).next()).rejects.toMatchObject({ code });
    await expect(hdu.describe(options as object)).rejects.toMatchObject({ code });
  });

  it("is refused for columns by other things than names and numbers", async () => {
    const hdu = await openTable(table);
    for (const selector of [null, undefined, 1n, {}]) {
      await expect(hdu.column(selector as unknown as string)).rejects.toMatchObject({ name: "FitsError" });
    }
  });
});

describe("columns of a batch", () => {
  it("are found by name or by description, by place in the list alone", async () => {
    const hdu = await openTable(table);
    const batch = await hdu.select({ columns: ["rest", "n"], rows: { stop: 2 } });
    expect(batch.columns[1]).toBe(batch.column("n"));
    expect(batch.column("N")).toBe(batch.column(hdu.columns[0]!));
    expect(() => batch.column("nope")).toThrow(expect.objectContaining({ code: "NO_SUCH_COLUMN" }));
    expect(() => batch.column(0 as unknown as string)).toThrow(
      expect.objectContaining({ code: "NO_SUCH_COLUMN" }),
    );
  });
});
