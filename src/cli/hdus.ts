/**
 * How HDUs are told to people: names, shapes, types; and the table behind a compressed image.
 */
import type { HduLayout, ImageHdu, TableHdu } from "fitslice";

/** The table that holds a compressed image, as it stands in the file; undefined of other images. */
export async function tableBehind(image: ImageHdu): Promise<TableHdu | undefined> {
  return image.table?.();
}

/** What a listing says of an HDU. */
export interface HduFacts {
  readonly type: string;
  readonly bitpix: number;
  /** Slowest axis first; of a table [rows, bytes of a row]. */
  readonly shape: readonly number[];
}

/**
 * Compressed images and tables as what they hold; `raw`: as the tables that they are stored in.
 */
export function factsOf(hdu: HduLayout, raw: boolean): HduFacts {
  const { header, type, bitpix, shape } = hdu;
  if (type === "COMPRESSED_IMAGE" && raw) {
    return {
      type: "BINTABLE",
      bitpix: 8,
      shape: [header.integer("NAXIS2") ?? 0, header.integer("NAXIS1") ?? 0],
    };
  }
  const [rows, bytes] = [header.get("ZNAXIS2"), header.get("ZNAXIS1")];
  if (isCompressedTable(hdu) && !raw && Number.isSafeInteger(rows) && Number.isSafeInteger(bytes))
    return { type, bitpix, shape: [Number(rows), Number(bytes)] };
  return { type, bitpix, shape };
}

/** Bytes of the data that a compressed image or table holds; undefined of others. */
export function fullSize(hdu: HduLayout): number | undefined {
  const { type, bitpix, shape, header } = hdu;
  const product = (lengths: readonly number[]): number =>
    lengths.reduce((bytes, length) => bytes * length, 1);
  if (type === "COMPRESSED_IMAGE") return (product(shape) * Math.abs(bitpix)) / 8;
  if (!isCompressedTable(hdu)) return undefined;
  const heap = header.get("ZPCOUNT");
  return product(factsOf(hdu, false).shape) + (Number.isSafeInteger(heap) ? Number(heap) : 0);
}

function isCompressedTable({ type, header }: HduLayout): boolean {
  return type === "BINTABLE" && header.get("ZTABLE") === true;
}

/** `4421 x 4223`, or `8 rows x 292 columns`. */
export function shapeText(hdu: HduLayout, { type, shape }: HduFacts): string {
  if (type !== "BINTABLE" && type !== "TABLE") return shape.join(" x ");
  const [rows, fields] = [shape[0] ?? 0, hdu.header.get("TFIELDS")];
  const columns = Number.isSafeInteger(fields) ? Number(fields) : 0;
  return `${rows} row${rows === 1 ? "" : "s"} x ${columns} column${columns === 1 ? "" : "s"}`;
}

const types: Readonly<Record<number, string>> = {
  8: "uint8",
  16: "int16",
  32: "int32",
  64: "int64",
  [-32]: "float32",
  [-64]: "float64",
};

/** What the pixels are stored as, and what is done to them: `int16, scaled`, `float32, RICE_1`. */
export function valuesText(hdu: HduLayout, { type, bitpix, shape }: HduFacts): string {
  const { header } = hdu;
  if (isCompressedTable(hdu) && type === "BINTABLE") return "compressed";
  if (type === "BINTABLE" || type === "TABLE" || shape.length === 0) return "";
  const scaled = Number(header.get("BSCALE") ?? 1) !== 1 || Number(header.get("BZERO") ?? 0) !== 0;
  const compression =
    type === "COMPRESSED_IMAGE" ? String(header.get("ZCMPTYPE") ?? "compressed") : undefined;
  return [
    types[bitpix] ?? `BITPIX ${bitpix}`,
    ...(scaled ? ["scaled"] : []),
    ...(compression ? [compression] : []),
  ].join(", ");
}
