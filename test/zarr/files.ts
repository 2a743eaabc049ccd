/**
 * Small files of images of every kind, for readers of Zarr to be held against readers of FITS.
 */
import { readFileSync } from "node:fs";
import { type Arrays, allocate, type DType, elementCount, ndarray } from "../../src/array.js";
import { encodeRaw } from "../../src/codec/gzip-encode.js";
import {
  arraySource,
  type CompressOptions,
  compressedHdu,
  fitsBytes,
  imageHdu,
  tableHdu,
} from "../../src/write/index.js";
import { exampleFile } from "../fixtures/example.js";
import { type Cards, madeLayout } from "../image/made.js";

const bitpixOf = { uint8: 8, int16: 16, int32: 32, int64: 64, float32: -32, float64: -64 } as const;
export type StoredType = keyof typeof bitpixOf;

/** Stored values with zeros, both ends of the range, and NaN among floats. */
export function storedValues(dtype: StoredType, count: number): Arrays[DType] {
  const values = allocate(dtype, count);
  const ends = { uint8: [0, 255], int16: [-32768, 32767], int32: [-(2 ** 31), 2 ** 31 - 1] };
  for (let i = 0; i < count; i++) {
    const value = i % 7 === 0 ? 0 : (i * 37) % 251;
    if (values instanceof BigInt64Array) values[i] = BigInt(value) << 50n;
    else values[i] = value;
  }
  if (values instanceof BigInt64Array) values[1] = -(2n ** 63n);
  else if (dtype in ends) values.set(ends[dtype as keyof typeof ends].slice(0, count), 1);
  else values[2 % count] = Number.NaN;
  return values;
}

/** A file of one plain image, its cards written as they are given. */
export function plainFile(
  dtype: StoredType,
  shape: readonly number[],
  cards: Cards = {},
  values: Arrays[DType] = storedValues(dtype, elementCount(shape)),
): Uint8Array<ArrayBuffer> {
  const { header } = madeLayout(bitpixOf[dtype], shape, cards);
  const text = header.toString();
  const head = new TextEncoder().encode(`${text}${"END".padEnd(80)}`);
  const start = Math.ceil(head.length / 2880) * 2880;
  const data = encodeRaw(values);
  const file = new Uint8Array(start + Math.ceil(data.length / 2880) * 2880);
  file.fill(32, 0, start);
  file.set(head);
  file.set(data, start);
  return file;
}

/** A file of one compressed image. */
export async function tiledFile(
  dtype: StoredType,
  shape: readonly number[],
  options: CompressOptions,
  cards: Cards = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const plain = imageHdu({ data: ndarray(allocate(dtype, elementCount(shape)), shape) });
  const values = allocate(dtype, elementCount(shape));
  for (let i = 0; i < values.length; i++) {
    const value = (i * i) % 119;
    values[i] = values instanceof BigInt64Array ? BigInt(value) : value;
  }
  const { header } = madeLayout(bitpixOf[dtype], shape, cards);
  const source = { ...arraySource(ndarray(values, shape)), cards: [...header.cards], dtype };
  return fitsBytes([plain, compressedHdu(source, options)].slice(1));
}

/** A table whose columns of variable length lie between others; one has no name, one is empty. */
function tableOfLists(): Promise<Uint8Array<ArrayBuffer>> {
  const lists = (values: Int16Array<ArrayBuffer> | Float64Array<ArrayBuffer>) => ({
    offsets: Int32Array.of(0, 2, 2, 3),
    values,
  });
  const columns = [
    { name: "list", format: "PI()", values: lists(Int16Array.of(1, 2, 3)) },
    { name: "id", format: "J", values: Int32Array.of(7, 0, -9) },
    { name: "far", format: "QD()", values: lists(Float64Array.of(0.5, 1, Number.NaN)) },
    { name: "", format: "2E", values: Float32Array.of(1, 2, 3, 4, 5, Number.NaN) },
    { name: "none", format: "0B", values: new Uint8Array(0) },
    { name: "on", format: "L", values: Uint8Array.of(1, 0, 1) },
    { name: "last", format: "PI()", values: lists(Int16Array.of(4, 5, 6)) },
  ];
  const batch = { columns: columns.map(({ values }) => ({ values })) };
  return fitsBytes([imageHdu(), tableHdu({ name: "T", columns, batches: [batch] })]);
}

/** Images of every kind that references can say, by name. */
export async function referencedFiles(): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const shape = [11, 13];
  const files: Record<string, Uint8Array<ArrayBuffer>> = {
    unsigned16: plainFile("int16", shape, { BZERO: 32768 }),
    unsigned32: plainFile("int32", shape, { BZERO: 2147483648 }),
    signed8: plainFile("uint8", shape, { BZERO: -128 }),
    scaled8: plainFile("uint8", shape, { BSCALE: 0.1, BZERO: 3 }),
    scaled16: plainFile("int16", shape, { BSCALE: 0.1 }),
    scaled32: plainFile("int32", shape, { BSCALE: 0.3, BZERO: 7.7 }),
    scaled64: plainFile("int64", shape, { BSCALE: 1e-9, BZERO: 1 }),
    "scaled-float": plainFile("float32", shape, { BSCALE: 0.1, BZERO: 3 }),
    blank16: plainFile("int16", shape, { BLANK: 37 }),
    blank32: plainFile("int32", shape, { BLANK: 74, BSCALE: 2, BZERO: 5 }),
    "blank-unsigned": plainFile("int16", shape, { BLANK: 37, BZERO: 32768 }),
    "blank-scaled8": plainFile("uint8", shape, { BLANK: 37, BSCALE: 0.1, BZERO: 3 }),
    "blank-scaled16": plainFile("int16", shape, { BLANK: 37, BSCALE: 0.1, BZERO: 3 }),
    "blank-zero": plainFile("uint8", shape, { BLANK: 0 }),
    spectrum: plainFile("float32", [97]),
    cube: plainFile("int16", [3, 7, 31], { CTYPE3: "VELO" }),
    hypercube: plainFile("uint8", [2, 1, 3, 5, 4]),
    // 1009 rows: no divisor, and no room behind them.
    prime: plainFile("int16", [1009, 20]),
  };
  for (const dtype of Object.keys(bitpixOf) as StoredType[]) files[dtype] = plainFile(dtype, shape);
  // Tiles at the edges are smaller than the others, in each algorithm.
  const tile = [4, 6];
  files["rice-edges"] = await tiledFile("int16", shape, { algorithm: "rice", tile }, { BZERO: 32768 });
  files["hcompress-edges"] = await tiledFile(
    "int32",
    [14, 14],
    { algorithm: "hcompress", tile: [5, 5] },
    { BSCALE: 0.5 },
  );
  files["plio-edges"] = await tiledFile("int16", shape, { algorithm: "plio", tile });
  files["plio-moved"] = await tiledFile("int16", shape, { algorithm: "plio", tile }, { BZERO: 32768 });
  files["gzip-edges"] = await tiledFile("int16", shape, { algorithm: "gzip", tile }, { BLANK: 4 });
  files["gzip2-floats"] = await tiledFile("float64", shape, { algorithm: "gzip2", quantize: 0, tile });
  files["table"] = await exampleFile();
  files["table-vla"] = await tableOfLists();
  for (const file of readFileSync("test/fixtures/tiled/cases.json", "utf8").matchAll(/"file": "([^"]+)"/g))
    files[file[1]!] = new Uint8Array(readFileSync(`test/fixtures/tiled/${file[1]}`));
  return files;
}
