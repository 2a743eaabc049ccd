/**
 * Plans of tables: what they read, in which steps, and that a plan keeps nothing between its starts.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type TableHdu, tableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import type { Plan } from "../../src/read/plan.js";
import { firstStep, type MadeTable, openTable, rangesOf, rowsOf, runTogether, tableFile } from "./made.js";

const MiB = 1024 * 1024;
const sample = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../fixtures/table/${name}`, import.meta.url)));

const count = 3000;
/** n J, name 4A, tags PI. */
const catalogue: MadeTable = {
  columns: { n: "J", name: "4A", tags: "PI(2)" },
  rowBytes: 16,
  rows: rowsOf(count, 16, (view, i) => {
    view.setInt32(0, i);
    for (const [k, c] of [...`r${i % 1000}`].entries()) view.setUint8(4 + k, c.charCodeAt(0));
    view.setInt32(8, i % 3);
    view.setInt32(12, 4 * i);
  }),
  heap: rowsOf(2 * count, 2, (view, i) => view.setInt16(0, i)),
};

describe("one plan run twice at the same time", () => {
  it("gives two right results, of columns and of what passes a condition", async () => {
    const file = tableFile(catalogue);
    const hdu = await openTable(catalogue);
    for (const selection of [
      {},
      { where: "n % 7 = 3" },
      { where: "n > 100", limit: 50 },
      { rows: { start: 9 } },
    ]) {
      const plan = hdu.plan(selection);
      const expected = await hdu.select(selection);
      const { values } = await runTogether([plan, plan], file);
      for (const batch of values) {
        expect(batch.length).toBe(expected.length);
        expect(batch.columns.map((data) => [...data])).toEqual(expected.columns.map((data) => [...data]));
      }
      const [one, two] = values.map(({ columns }) => columns[0]!);
      if (one?.kind !== "number" || two?.kind !== "number") throw new Error("no numbers");
      expect(one.data.buffer).not.toBe(two.data.buffer);
    }
  });

  it.each(["t1.fits.fz", "t4.fits.fz", "t10.fits.fz"])("gives two right results, of %s", async (name) => {
    const file = sample(name);
    const hdu = await (await open(file)).table(1);
    const plan = hdu.plan({ rows: { start: 1 } });
    const expected = (await hdu.select({ rows: { start: 1 } })).columns.map((data) => [...data]);
    const { values } = await runTogether([plan, plan], file);
    for (const { columns } of values) expect(columns.map((data) => [...data])).toEqual(expected);
  });
});

/** A table of a file that nobody has: its header alone. */
async function claimed(
  columns: Record<string, string>,
  rowBytes: number,
  rowCount: number,
): Promise<TableHdu> {
  const made = await openTable({
    columns,
    rowBytes,
    rows: new Uint8Array(0),
    cards: { NAXIS2: rowCount, PCOUNT: 1e12 },
  });
  const { truncatedAt: _, ...layout } = made;
  return tableHdu({ ...layout, type: "BINTABLE" }, async () => {
    throw new Error("nothing is read");
  });
}

describe("a plan that is begun", () => {
  it("has taken no memory, whatever the header claims", async () => {
    const hdu = await claimed({ x: "D", s: "8A", v: "1QD", f: "8L" }, 40, 1e13);
    for (const columns of [["x"], ["s"], ["v"], ["f"], ["x", "s", "v", "f"]]) {
      const step = firstStep(hdu.plan({ columns }));
      expect(step.ranges[0]).toMatchObject({ offset: hdu.dataOffset });
      expect(step.into).toBeUndefined();
    }
    expect(firstStep(hdu.plan({ where: "x > 3" })).ranges[0]).toMatchObject({ offset: hdu.dataOffset });
  });

  it("names all that a column of 3 GB wants, in ranges of at most 4 MiB", async () => {
    const rows = 400_000_000;
    const hdu = await claimed({ x: "D" }, 8, rows);
    const { ranges, keep, label } = firstStep(hdu.plan({ columns: ["x"] }));
    expect(label).toContain("column 'x'");
    expect(keep).toBe(false);
    let end = hdu.dataOffset;
    for (const { offset, length } of ranges) {
      expect(offset).toBe(end);
      expect(length).toBeLessThanOrEqual(4 * MiB);
      end += length;
    }
    expect(end).toBe(hdu.dataOffset + 8 * rows);
  });

  it("says of descriptors that they locate, and of nothing else", async () => {
    const hdu = await openTable(catalogue);
    expect(firstStep(hdu.plan({ columns: ["tags"] })).locates).toBe(true);
    expect(firstStep(hdu.plan({ columns: ["n"] })).locates).toBe(false);
    expect(firstStep(hdu.plan({ columns: ["n", "tags"] })).locates).toBe(false);
    const packed = await (await open(sample("t1.fits.fz"))).table(1);
    expect(firstStep(packed.plan()).locates).toBe(true);
    const more = (options: Parameters<TableHdu["plan"]>[0]): boolean =>
      firstStep(hdu.plan(options)).more === true;
    expect(more({ columns: ["n"] })).toBe(false);
    expect(more({ columns: ["n", "tags"] })).toBe(true);
    expect(more({ columns: ["n"], where: "n > 0" })).toBe(false);
    expect(more({ columns: ["n"], where: "n > 0", limit: 1 })).toBe(true);
    expect(more({ columns: ["n", "tags"], where: "n > 0" })).toBe(true);
  });
});

describe("a selection", () => {
  it("of the first rows is one step of just these rows", async () => {
    const hdu = await openTable(catalogue);
    const plan = hdu.plan({ columns: ["n"], rows: { stop: 100 } });
    const { steps } = await runTogether([plan], tableFile(catalogue));
    expect(steps).toEqual([[{ offset: hdu.dataOffset, length: 1600 }]]);
  });

  it("is read by the plan that `plan` gives, with a condition and a limit, too", async () => {
    const ran: Plan<unknown>[] = [];
    const { truncatedAt: _, ...layout } = await openTable(catalogue);
    const file = tableFile(catalogue);
    const hdu = await tableHdu({ ...layout, type: "BINTABLE" }, async (plan) => {
      ran.push(plan);
      return (await runTogether([plan], file)).values[0]!;
    });
    for (const selection of [
      {},
      { columns: ["tags"] },
      { where: "n > 2990" },
      { where: "n % 2 = 1", limit: 4 },
      { limit: 9 },
    ]) {
      await hdu.select(selection);
      const [wanted] = (await runTogether([hdu.plan(selection)], file)).steps;
      expect(rangesOf(firstStep(ran.at(-1)!))).toEqual(wanted);
      expect((await runTogether([ran.at(-1)!], file)).steps).toEqual(
        (await runTogether([hdu.plan(selection)], file)).steps,
      );
    }
    await hdu.column("n", { rows: { stop: 10 } });
    expect(rangesOf(firstStep(ran.at(-1)!))).toEqual([{ offset: hdu.dataOffset, length: 160 }]);
  });

  it("with a limit looks no further than the batch in which enough rows pass", async () => {
    const rowBytes = 4096;
    const perBatch = (16 * MiB) / rowBytes;
    const wide: MadeTable = {
      columns: { n: "J", rest: "4092A" },
      rowBytes,
      rows: rowsOf(4 * perBatch, rowBytes, (view, i) => view.setInt32(0, i)),
    };
    const hdu = await openTable(wide);
    const file = tableFile(wide);
    const read = async (where: string): Promise<{ first: number; bytes: number[] }> => {
      const { values, steps } = await runTogether([hdu.plan({ columns: ["n"], where, limit: 2 })], file);
      return {
        first: values[0]!.rowNumber(0),
        bytes: steps.map((ranges) => ranges.reduce((sum, { length }) => sum + length, 0)),
      };
    };
    expect(await read("n >= 5")).toEqual({ first: 5, bytes: [16 * MiB] });
    const second = perBatch + 5;
    expect(await read(`n >= ${second}`)).toEqual({ first: second, bytes: [16 * MiB, 32 * MiB] });
  });
});

function placesOf(value: number, bytes: Uint8Array): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(value); at >= 0; at = bytes.indexOf(value, at + 1)) places.push(at);
  return places;
}

describe("a field that is longer than a range", () => {
  const elements = 3 * MiB + 5;
  const fields = {
    e: `${elements}J`,
    s: `${5 * MiB}A`,
    x: `${40 * MiB + 3}X`,
    l: `${5 * MiB}L`,
    t: `${5 * MiB}B`,
  };
  const widths = [4 * elements, 5 * MiB, 5 * MiB + 1, 5 * MiB, 5 * MiB];
  const rowBytes = widths.reduce((sum, width) => sum + width, 0);
  const starts = widths.map((_, i) => widths.slice(0, i).reduce((sum, width) => sum + width, 0));
  const table: MadeTable = {
    columns: fields,
    rowBytes,
    rows: rowsOf(2, rowBytes, (view, row) => {
      for (const i of [0, MiB, elements - 1]) view.setInt32(starts[0]! + 4 * i, 7 * i + row + 1);
      for (const i of [0, 4 * MiB - 1, 4 * MiB]) view.setUint8(starts[1]! + i, 97 + row);
      for (const bit of [0, 32 * MiB + 1, 40 * MiB + 2])
        view.setUint8(starts[2]! + (bit >> 3), 128 >> (bit & 7));
      for (const i of [1, 4 * MiB + 2]) view.setUint8(starts[3]! + i, 84);
      view.setUint8(starts[4]! + 2, 9 + row);
    }),
    cards: { TDIM5: "(3,1)" },
  };

  it("is read in ranges of 4 MiB, whatever the type", async () => {
    const file = tableFile(table);
    const hdu = await openTable(table);
    const { values, steps } = await runTogether([hdu.plan()], file);
    expect(steps).toHaveLength(1);
    for (const { length } of steps[0]!) expect(length).toBeLessThanOrEqual(4 * MiB);
    const [e, s, x, l, t] = values[0]!.columns;
    if (e?.kind !== "number" || s?.kind !== "string" || x?.kind !== "bool" || l?.kind !== "bool")
      throw new Error("other kinds");
    for (const row of [0, 1]) {
      for (const i of [0, MiB, elements - 1]) expect(e.data[row * elements + i]).toBe(7 * i + row + 1);
      expect(e.data[row * elements + 1]).toBe(0);
      expect(s.get(row)).toBe("ab"[row]);
      const bits = x.data.subarray(row * (40 * MiB + 3), (row + 1) * (40 * MiB + 3));
      expect(placesOf(1, bits)).toEqual([0, 32 * MiB + 1, 40 * MiB + 2]);
      const logicals = l.data.subarray(row * 5 * MiB, (row + 1) * 5 * MiB);
      expect(placesOf(1, logicals)).toEqual([1, 4 * MiB + 2]);
      expect(t!.get(row)).toEqual([[0, 0, 9 + row]]);
    }
  });

  it("is no obstacle to a condition on text in it", async () => {
    const hdu = await openTable(table);
    const found = await hdu.select({ columns: ["t"], where: "s = 'b'" });
    expect([found.length, found.rowNumber(0), found.columns[0]!.get(0)]).toEqual([1, 1, [[0, 0, 10]]]);
  });
});

describe("a long array in the heap", () => {
  const elements = 3 * MiB;
  const table: MadeTable = {
    columns: { v: "PJ" },
    rowBytes: 8,
    rows: rowsOf(3, 8, (view, i) => {
      view.setInt32(0, [elements, 2, 3][i]!);
      view.setInt32(4, [0, 4 * MiB - 4, 4 * elements][i]!);
    }),
    heap: rowsOf(elements + 3, 4, (view, i) => view.setInt32(0, i)),
  };

  it("is read in ranges of 4 MiB, arrays within it and behind it too", async () => {
    const hdu = await openTable(table);
    const { values, steps } = await runTogether([hdu.plan()], tableFile(table));
    expect(steps[1]!.map(({ length }) => length)).toEqual([4 * MiB, 4 * MiB, 4 * MiB, 12]);
    const [v] = values[0]!.columns;
    if (v?.kind !== "list" || v.values.kind !== "number") throw new Error("no list");
    const { data } = v.values;
    for (const i of [0, MiB - 1, MiB, elements - 1]) expect(data[i]).toBe(i);
    expect(v.get(1)).toEqual([MiB - 1, MiB]);
    expect(v.get(2)).toEqual([elements, elements + 1, elements + 2]);
  });

  it("that the file ends in is named by column and row", async () => {
    const file = tableFile(table);
    const hdu = await openTable(table);
    const short = file.subarray(0, hdu.dataOffset + 24 + 5 * MiB);
    const wrong = { code: "TRUNCATED", message: expect.stringContaining("column 'v' (1), row 0") };
    await expect(runTogether([hdu.plan({ rows: { stop: 1 } })], short)).rejects.toMatchObject(wrong);
    // Where the walk has seen the end, nothing is read for it.
    const known = await (await open(short)).table(1);
    await expect(known.column("v")).rejects.toMatchObject(wrong);
    expect((await known.column("v", { rows: { start: 1, stop: 2 } })).get(0)).toEqual([MiB - 1, MiB]);
  });
});
