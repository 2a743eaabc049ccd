/**
 * Tables read, written and read again: every cell must survive.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import {
  batchColumn,
  cardsAsRead,
  columnAsRead,
  fitsBytes,
  imageHdu,
  type TableBatch,
  tableHdu,
} from "../../src/write/index.js";
import { batchOf, table } from "./random.js";

const corpus = join(import.meta.dirname, "../../../shared/corpus/files");

async function* batchesOf(hdu: TableHdu, rows: number): AsyncGenerator<TableBatch> {
  for await (const batch of hdu.batches({ batchRows: rows })) {
    yield { columns: batch.columns.map(batchColumn), rowCount: batch.length };
  }
}

async function copy(hdu: TableHdu): Promise<TableHdu> {
  const readable = hdu.columns.filter(({ problem }) => problem === undefined);
  const made = tableHdu({
    columns: readable.map(columnAsRead),
    batches: batchesOf(hdu, 3),
    header: cardsAsRead(hdu.header),
  });
  return (await open(await fitsBytes([made], { checksum: true }))).table(1);
}

async function cells(hdu: TableHdu): Promise<unknown[]> {
  return (await hdu.select()).columns.map((data) => {
    // The null of an ASCII float or a scaled integer is NaN in the binary table.
    const shown = data.dtype === "float64" ? [...data].map((cell) => cell ?? Number.NaN) : [...data];
    return [data.column.name, data.column.unit, data.dtype, shown];
  });
}

describe("tables copied", () => {
  it("are the same when they were the writer's own", async () => {
    await fc.assert(
      fc.asyncProperty(table, async (random) => {
        const columns = random.columns.map(({ column }) => column);
        const file = await fitsBytes([tableHdu({ columns, batches: [batchOf(random)] })]);
        const original = await (await open(file)).table(1);
        const again = await copy(original);
        expect(await cells(again)).toEqual(await cells(original));
        expect(again.columns.map(({ format }) => format)).toEqual(
          original.columns.map(({ format }) => format),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("lose displays of whole numbers where scaling makes floats of them", async () => {
    const columns = [
      { name: "scaled", format: "1I", scale: 0.5, display: "I5" },
      { name: "shown", format: "1I", scale: 0.5, display: "F8.2" },
      { name: "whole", format: "1I", display: "I5" },
    ];
    const values = new Int16Array([1, 2]);
    const hdu = tableHdu({ columns, batches: [{ columns: columns.map(() => ({ values })), rowCount: 2 }] });
    const again = await copy(await (await open(await fitsBytes([hdu]))).table(1));
    expect(again.columns.map(({ display }) => display)).toEqual([undefined, "F8.2", "I5"]);
  });

  it("keep cards to the letter, also bytes that no header may hold", async () => {
    const odd = ["RA      =   1.50000D+01 / [deg] exactly so", "BROKEN  = 'no end", "CAF\xc9    = 1"];
    const text = ["SIMPLE  =                    T", "BITPIX  = 8", "NAXIS   = 0", ...odd, "END"];
    const bytes = new Uint8Array(2880).fill(32);
    for (const [i, card] of text.entries()) bytes.set(Buffer.from(card, "latin1"), i * 80);
    const { header } = await (await open(bytes)).hdu(0);
    const file = await fitsBytes([imageHdu({ header: cardsAsRead(header) })]);
    const cards = Buffer.from(file)
      .toString("latin1")
      .slice(4 * 80, 7 * 80);
    expect(cards).toBe(odd.map((card) => card.padEnd(80)).join(""));
  });

  it("keep their columns where names and units are not ASCII, as far as a header may hold them", async () => {
    const columns = [{ name: "lambda", format: "1E", unit: "um", description: "wave", ucd: "em.wl" }];
    const bytes = await fitsBytes([
      tableHdu({ columns, batches: [{ columns: [{ values: Float32Array.of(1, 2) }] }] }),
    ]);
    const text = Buffer.from(bytes).toString("latin1");
    const odd = text
      .replace("'lambda", "'l\xe4mbda")
      .replace("'um ", "'\xb5m ")
      .replace("'wave", "'w\x9b\xe9e");
    const hdu = await (await open(Buffer.from(odd.slice(0, text.length), "latin1"))).table(1);
    const again = await copy(hdu);
    expect([...(await again.column(0))]).toEqual([1, 2]);
    expect(again.columns).toMatchObject([{ name: "l?mbda", unit: "?m", description: "w??e", ucd: "em.wl" }]);
  });

  const files = existsSync(corpus)
    ? readdirSync(corpus, { recursive: true, encoding: "utf8" }).filter((path) =>
        statSync(join(corpus, path)).isFile(),
      )
    : [];
  if (files.length === 0) console.warn("skipped: no ../shared/corpus, so its tables are not copied");

  it.skipIf(files.length === 0)("are the same when they are the corpus's", async () => {
    let tables = 0;
    for (const path of files) {
      const fits = await open(join(corpus, path)).catch(() => undefined);
      const hdus = (await fits?.hdus().catch(() => [])) ?? [];
      for (const hdu of hdus) {
        if (hdu.kind !== "table") continue;
        const original = await cells(hdu).catch(() => undefined);
        if (!original) continue;
        tables++;
        const again = await copy(hdu).catch((cause: unknown) => {
          throw new Error(`${path} HDU ${hdu.index}`, { cause });
        });
        expect([path, await cells(again)]).toEqual([path, original]);
      }
      await fits?.close();
    }
    expect(tables).toBeGreaterThan(10);
  });
});
