/**
 * Packs stamps of one shape into a Zarr group (version 2 of the specification, which old readers know, too): `images`, stamps x
 * height x width, `ra` and `dec`, and a table of all else, in Parquet, with the world coordinates of each stamp.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DType, type Header, type NdArray, open } from "fitslice";
import { typeStrings } from "fitslice/export";
import type { Outcome, StampJob } from "fitslice/stamps";
import { badUsage } from "../failure.js";
import { rawBytes } from "../formats.js";
import { replaceFolder } from "../part.js";
import { interruption } from "../signals.js";
import type { PackedStamp } from "./place.js";
import { type Positions, stampTable } from "./stamp-table.js";

/** Bytes of a chunk. */
const chunkBytes = 1 << 20;

/** What all stamps must have in common. */
interface Form {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export interface OpenStamp {
  readonly header: Header;
  readonly pixels: NdArray;
}

/** What of a job its array must know. */
export type PackedJob = Pick<StampJob, "shards" | "count">;

export interface ZarrPacking {
  /** The folder of the stamps. */
  readonly work: string;
  readonly output: string;
  readonly job: PackedJob;
  readonly outcomes: readonly Outcome[];
  /** Stamps of a chunk, where there is room for so many. Default: all. */
  readonly chunkStamps?: number | undefined;
}

/** Writes the group beside its place, and moves it there. Outcome n of the list is stamp n; without one it is filled. */
export async function packZarr(packing: ZarrPacking, stamps: readonly PackedStamp[]): Promise<void> {
  const { work, output, job, outcomes } = packing;
  const [first] = stamps;
  if (!first) throw badUsage("there is no stamp to make a Zarr array of; the manifest says why");
  const folder = join(work, "zarr");
  rmSync(folder, { recursive: true, force: true });
  const { pixels } = await openStamp(first.path);
  const form: Form = { dtype: pixels.dtype, shape: pixels.shape };
  const headers = await writeImages(join(folder, "images"), stamps, form, packing);
  const positions = positionsOf(job);
  writeVector(join(folder, "ra"), positions.ra, "deg");
  writeVector(join(folder, "dec"), positions.dec, "deg");
  writeGroup(folder);
  writeFileSync(
    join(folder, "images_metadata.parquet"),
    await stampTable(
      [...outcomes].sort((a, b) => a.number - b.number),
      positions,
      headers,
    ),
  );
  replaceFolder(folder, output);
}

/** Describes the group, once more with its arrays in the one file that readers look for first. */
export function writeGroup(folder: string): void {
  writeFileSync(join(folder, ".zgroup"), json({ zarr_format: 2 }));
  writeFileSync(join(folder, ".zattrs"), json({ source: "fitslice", metadata: "images_metadata.parquet" }));
  const names = [
    ".zgroup",
    ".zattrs",
    ...["images", "ra", "dec"].flatMap((array) => [`${array}/.zarray`, `${array}/.zattrs`]),
  ];
  const metadata = Object.fromEntries(
    names.map((name) => [name, JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown]),
  );
  writeFileSync(join(folder, ".zmetadata"), json({ zarr_consolidated_format: 1, metadata }));
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 1)}\n`;

export async function openStamp(path: string): Promise<OpenStamp> {
  const fits = await open(path, { cacheBytes: 0, workers: 0 });
  try {
    const image = await fits.image();
    return { header: image.header, pixels: await image.section() };
  } finally {
    await fits.close();
  }
}

/** Writes chunk after chunk; answers with the headers, by the stamps' numbers. */
async function writeImages(
  folder: string,
  stamps: readonly PackedStamp[],
  { dtype, shape }: Form,
  { job: { count }, chunkStamps = count, work }: ZarrPacking,
): Promise<Map<number, Header>> {
  mkdirSync(folder, { recursive: true });
  // A fill value of integers would be a value that is missing: xarray makes NaN of it wherever it stands.
  const fill = dtype.startsWith("float") ? "NaN" : null;
  const dimensions = ["stamp", ...shape.slice(2).map((_, i) => `axis_${i + 1}`), "y", "x"];
  const size = shape.reduce((n, length) => n * length, Number(/\d+$/.exec(dtype)![0]) / 8);
  const perChunk = Math.max(1, Math.min(chunkStamps, Math.floor(chunkBytes / size)));
  const described = { shape: [count, ...shape], chunks: [perChunk, ...shape], dtype, fill, dimensions };
  writeArray(folder, { ...described, attributes: { coordinates: "ra dec" } });
  const headers = new Map<number, Header>();
  const zeros = shape.map(() => "0").join(".");
  for (let chunk = 0, at = 0; chunk * perChunk < count; chunk++) {
    const bytes = new Uint8Array(perChunk * size);
    if (fill === "NaN") fillNaN(bytes, dtype);
    for (; at < stamps.length; at++) {
      const { outcome, path, name } = stamps[at]!;
      if (Math.floor(outcome.number / perChunk) !== chunk) break;
      interruption.throwIfAborted();
      const { header, pixels } = await openStamp(path);
      if (pixels.dtype !== dtype || String(pixels.shape) !== String(shape))
        throw badUsage(
          `stamp ${name} is ${pixels.dtype} [${pixels.shape}], others are ${dtype} [${shape}], and a Zarr array has one shape; ` +
            `give --size in pix, or write to a folder, a .zip or a .fits (what was cut lies in ${work})`,
        );
      bytes.set(rawBytes(pixels.data), (outcome.number % perChunk) * size);
      headers.set(outcome.number, header);
    }
    writeFileSync(join(folder, `${chunk}.${zeros}`), bytes);
  }
  return headers;
}

function fillNaN(bytes: Uint8Array<ArrayBuffer>, dtype: DType): void {
  const values = dtype === "float32" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
  values.fill(Number.NaN);
}

/** The two files that describe an array: without compression, in C order. */
export function writeArray(
  folder: string,
  array: {
    shape: readonly number[];
    chunks: readonly number[];
    dtype: DType;
    fill: string | null;
    dimensions: readonly string[];
    attributes: Readonly<Record<string, string>>;
  },
): void {
  const { shape, chunks, dtype, fill, dimensions, attributes } = array;
  const described = {
    zarr_format: 2,
    shape,
    chunks,
    dtype: typeStrings[dtype],
    compressor: null,
    fill_value: fill,
  };
  writeFileSync(join(folder, ".zarray"), json({ ...described, order: "C", filters: null }));
  writeFileSync(join(folder, ".zattrs"), json({ _ARRAY_DIMENSIONS: dimensions, ...attributes }));
}

export function writeVector(folder: string, values: Float64Array<ArrayBuffer>, unit: string): void {
  mkdirSync(folder, { recursive: true });
  const form = { shape: [values.length], chunks: [values.length], dimensions: ["stamp"] };
  writeArray(folder, { ...form, dtype: "float64", fill: "NaN", attributes: { units: unit } });
  writeFileSync(join(folder, "0"), rawBytes(values));
}

/** Positions by the numbers of the outcomes, NaN where the list had none. */
export function positionsOf({ shards, count }: PackedJob): Positions {
  const ra = new Float64Array(count).fill(Number.NaN);
  const dec = new Float64Array(count).fill(Number.NaN);
  for (const { targets } of shards) {
    for (const { number, lon, lat } of targets) {
      ra[number] = lon;
      dec[number] = lat;
    }
  }
  return { ra, dec };
}
