/**
 * A binary table of stamps: an image in each row, and what the image's header would say of its coordinates in columns that are named
 * as the keywords of column 1 (the convention of Green Bank; FITS Standard 4.0, section 8.2, table 22).
 */
import { join } from "node:path";
import type { DType, Header } from "fitslice";
import type { Outcome } from "fitslice/stamps";
import { badUsage } from "../failure.js";
import { save } from "../files.js";
import { rawBytes } from "../formats.js";
import { openStamp, type PackedJob, positionsOf } from "../stamps/pack-zarr.js";
import { stampCells } from "../stamps/stamp-table.js";

/** Writes the table of the stamps in a folder of FITS files; targets without a stamp have no row. */
export async function packTable(
  path: string,
  folder: string,
  { shards }: PackedJob,
  outcomes: readonly Outcome[],
  date: number,
): Promise<void> {
  const cut = outcomes.filter(({ output }) => output !== undefined);
  const headers = new Map<number, Header>();
  const pixels: Uint8Array[] = [];
  let form: { dtype: DType; shape: readonly number[] } | undefined;
  for (const [i, { output, name }] of cut.entries()) {
    const stamp = await openStamp(join(folder, output!));
    const { dtype, shape } = stamp.pixels;
    form ??= { dtype, shape };
    if (dtype !== form.dtype || String(shape) !== String(form.shape))
      throw badUsage(
        `stamp ${name} is ${dtype} [${shape}], others are ${form.dtype} [${form.shape}], and a column has one shape; plan the job --as zip or fits`,
      );
    headers.set(i, stamp.header);
    pixels.push(rawBytes(stamp.pixels.data));
  }
  const { dtype, shape } = form!;
  const places = new Map(shards.flatMap(({ targets }) => targets.map((target) => [target.number, target])));
  const targets = cut.map(({ number }, i) => ({ ...places.get(number)!, number: i }));
  const positions = positionsOf({ shards: [{ id: "", source: "", targets }], count: cut.length });
  const rows = cut.map((outcome, number) => ({ ...outcome, number }));
  const cells = stampCells(rows, positions, headers).filter(
    ({ name }) => !/^(idx_in_zarr|reason)$/.test(name),
  );
  const { fitsBytes, imageHdu, tableHdu } = await import("fitslice/write");
  const perCell = shape.reduce((n, length) => n * length, 1);
  const dim = `(${[...shape].reverse().join(",")})`;
  const image = { name: "DATA", format: `${perCell}${codes[dtype]}`, dim };
  const table = tableHdu({
    name: "STAMPS",
    columns: [image, ...cells.map(({ name, format }) => ({ name: columnName(name), format }))],
    batches: [
      {
        rowCount: cut.length,
        columns: [{ values: valuesOf(pixels, dtype) }, ...cells.map(({ values }) => ({ values }))],
      },
    ],
    header: [
      {
        keyword: "DATE",
        value: new Date(date).toISOString().slice(0, 19),
        comment: "when the job was planned",
      },
    ],
  });
  await save(path, await fitsBytes([imageHdu(), table]), { force: true });
}

/** TFORMn of the element types; those of other sign have a TZEROn. */
const codes: Readonly<Record<DType, string>> = {
  int8: "B",
  uint8: "B",
  int16: "I",
  uint16: "I",
  int32: "J",
  uint32: "J",
  int64: "K",
  uint64: "K",
  float32: "E",
  float64: "D",
};

const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** All pixels, one image behind the other. */
function valuesOf(pixels: readonly Uint8Array[], dtype: DType): InstanceType<(typeof arrays)[DType]> {
  const all = new Uint8Array(pixels.reduce((n, { length }) => n + length, 0));
  let offset = 0;
  for (const part of pixels) {
    all.set(part, offset);
    offset += part.length;
  }
  return new arrays[dtype](all.buffer);
}

const ofAxis: Readonly<Record<string, string>> = {
  CTYPE: "CTYP",
  CUNIT: "CUNI",
  CRVAL: "CRVL",
  CRPIX: "CRPX",
  CDELT: "CDLT",
  CROTA: "CROT",
};
const ofImage: Readonly<Record<string, string>> = {
  WCSAXES: "WCAX1",
  RADESYS: "RADE1",
  EQUINOX: "EQUI1",
  LONPOLE: "LONP1",
  LATPOLE: "LATP1",
};

/** The keyword of an image as that of column 1. */
function columnName(keyword: string): string {
  const [, stem = "", axis] = /^(C[A-Z]{4})(\d)$/.exec(keyword) ?? [];
  if (ofAxis[stem]) return `${axis}${ofAxis[stem]}1`;
  const [, matrix, i, j] = /^(PC|CD)(\d)_(\d)$/.exec(keyword) ?? [];
  if (matrix) return `${i}${j}${matrix}1`;
  const [, of, m] = /^PV(\d)_(\d+)$/.exec(keyword) ?? [];
  return of ? `${of}PV1_${m}` : (ofImage[keyword] ?? keyword);
}
