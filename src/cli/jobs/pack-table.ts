/**
 * A binary table of stamps: an image in each row, and what the image's header would say of its coordinates in columns that are named
 * as the keywords of column 1 (the convention of Green Bank; FITS Standard 4.0, section 8.2, table 22).
 */
import { join } from "node:path";
import type { Arrays, DType, Header } from "fitslice";
import type { Outcome } from "fitslice/stamps";
import { badUsage } from "../failure.js";
import { save } from "../files.js";
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
  const pixels: Arrays[DType][] = [];
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
    pixels.push(stamp.pixels.data);
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
        columns: [{ values: joined(pixels) }, ...cells.map(({ values }) => ({ values }))],
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

/** All pixels, one image behind the other. */
function joined(images: readonly Arrays[DType][]): Arrays[DType] {
  const count = images.reduce((sum, { length }) => sum + length, 0);
  const all = new (images[0]!.constructor as new (length: number) => Arrays[DType])(count);
  let at = 0;
  for (const image of images) {
    // All are of one type: those of another were refused.
    (all as Float64Array).set(image as Float64Array, at);
    at += image.length;
  }
  return all;
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
