/**
 * The table of the benchmark: 30 columns in rows of 168 bytes, with a heap of 18 bytes for each row on average;
 * 2,000,000 rows make 372 MB.
 */
import { type BatchColumn, type TableBatch, tableHdu, type WriteColumn } from "fitslice/write";
import { makeFits, normal, uniform } from "./inputs.js";

const bands = ["u", "g", "r", "i", "z", "y", "J", "H"];

const columns: readonly WriteColumn[] = [
  { name: "ID", format: "K", description: "source number" },
  { name: "NAME", format: "26A" },
  { name: "RA", format: "D", unit: "deg" },
  { name: "DEC", format: "D", unit: "deg" },
  { name: "PARALLAX", format: "D", unit: "mas" },
  { name: "PMRA", format: "D", unit: "mas/yr" },
  { name: "PMDEC", format: "D", unit: "mas/yr" },
  { name: "EPOCH", format: "D", unit: "yr" },
  ...bands.map((band) => ({ name: `MAG_${band}`, format: "E", unit: "mag" })),
  ...bands.map((band) => ({ name: `ERR_${band}`, format: "E", unit: "mag" })),
  { name: "CLASS", format: "J" },
  { name: "FIELD", format: "J" },
  { name: "FLAGS", format: "I" },
  { name: "CHIP", format: "I", null: -1 },
  { name: "VISITS", format: "I" },
  { name: "SPECTRUM", format: "1PE", unit: "mJy" },
];

const batchRows = 50_000;

/** Makes the table's file unless it is there. */
export function makeTable(path: string, rowCount: number): Promise<void> {
  return makeFits(path, function* () {
    yield tableHdu({ name: "SOURCES", columns, rowCount, batches: batches(rowCount) });
  });
}

function* batches(rowCount: number): Generator<TableBatch> {
  const random = uniform(3);
  const noise = normal(4);
  for (let start = 0; start < rowCount; start += batchRows) {
    const count = Math.min(batchRows, rowCount - start);
    yield { columns: columns.map((column) => values(column, start, count, random, noise)) };
  }
}

function values(
  { name, format }: WriteColumn,
  start: number,
  count: number,
  random: () => number,
  noise: () => number,
): BatchColumn {
  switch (format) {
    case "K":
      return { values: BigInt64Array.from({ length: count }, (_, i) => BigInt(start + i) << 20n) };
    case "26A":
      return { values: Array.from({ length: count }, (_, i) => `SRC J${String((start + i) * 7919)}`) };
    case "D":
      return { values: Float64Array.from({ length: count }, () => inside(name, random())) };
    case "E":
      return { values: Float32Array.from({ length: count }, () => 20 + 2 * noise()) };
    case "J":
      return { values: Int32Array.from({ length: count }, () => Math.floor(1000 * random())) };
    case "I": {
      const values = Int16Array.from({ length: count }, () => Math.floor(64 * random()) - 1);
      return name === "CHIP" ? { values, valid: notNegative(values) } : { values };
    }
    default:
      return { values: spectra(count, noise) };
  }
}

/** A bit for each value, the lowest first. */
function notNegative(values: Int16Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (const [i, value] of values.entries()) if (value >= 0) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}

function inside(name: string, fraction: number): number {
  if (name === "RA") return 360 * fraction;
  return name === "DEC" ? 180 * fraction - 90 : 100 * fraction;
}

/** Cells of 0 to 9 floats, 18 bytes on average. */
function spectra(
  count: number,
  noise: () => number,
): { offsets: Int32Array; values: Float32Array<ArrayBuffer> } {
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i]! + ((i * 7) % 10);
  return { offsets, values: Float32Array.from({ length: offsets[count]! }, noise) };
}
