/**
 * The third step of a read, which few files need: which pixels of a tile are undefined.
 */
import type { NdArray } from "../array.js";
import { loadCodec } from "../codec/codec.js";
import type { Plan, Step } from "../read/old-plan.js";
import type { PixelCopy } from "./scaled.js";
import { copyTile } from "./tile-grid.js";
import { inHdu, type Read, truncated } from "./tile-store.js";
import { field, shapeAt, type TileTasks } from "./tile-tasks.js";

/** Rows of the tiles that have a mask. */
function maskedRows({ numbers, width, count }: TileTasks): Float64Array[] {
  const rows = Array.from({ length: count }, (_, i) => numbers.subarray(i * width, (i + 1) * width));
  return rows.filter((row) => row[field.maskLength]! > 0);
}

/**
 * Null-pixel masks of those tiles that have one: a compressed array of bytes per tile, not 0 where the pixel is undefined (10.2.3, ZMASKCMP).
 * Undefined pixels are NaN, or BLANK where integers are delivered and the header has one.
 */
export function maskStep(read: Read, tasks: TileTasks, finish: () => Plan<NdArray>): Plan<NdArray> {
  const { table } = read.store;
  const finished = finish();
  const rows = maskedRows(tasks);
  if (rows.length === 0) return finished;
  return {
    label: `null-pixel masks of ${table.label}`,
    ranges: rows.map((row) => ({ offset: row[field.maskOffset]!, length: row[field.maskLength]! })),
    keep: read.keep,
    async take(i, bytes) {
      const row = rows[i]!;
      const tile = row[field.tile]!;
      const offset = row[field.maskOffset]!;
      const length = row[field.maskLength]!;
      if (bytes.byteLength < length) {
        throw truncated(table.label, `the mask of tile ${tile}`, offset + length, offset + bytes.byteLength);
      }
      try {
        const decode = await loadCodec(table.mask!.algorithm);
        const mask = decode(bytes, { dtype: "uint8", shape: shapeAt(row) });
        copyTile(read.grid, row[field.index]!, mask, 0, read.out(), maskCopy(read));
      } catch (cause) {
        throw inHdu(table, cause, `mask of tile ${tile} (${table.mask!.algorithm}): `);
      }
    },
    next: () => finished,
  } satisfies Step<NdArray>;
}

function maskCopy(read: Read): PixelCopy {
  const { scaling } = read;
  return (mask, from, fromStep, out, to, toStep, count) => {
    const float = out instanceof Float32Array || out instanceof Float64Array;
    const blank = float ? Number.NaN : scaling.blank;
    if (blank === undefined) return;
    const value = (
      out instanceof BigInt64Array || out instanceof BigUint64Array ? BigInt(blank) : Number(blank)
    ) as never;
    for (let i = 0; i < count; i++) if (mask[from + i * fromStep] !== 0) out[to + i * toStep] = value;
  };
}
