/** Who reads which format, and the settings with which each may do best. */
import type { Copy, Format } from "./copies.js";
import type { Subject } from "./subjects.js";

export type Program = "node" | "python" | "chromium";

export interface Reader {
  readonly name: string;
  /** Where it runs. */
  readonly program: Program;
  readonly reads: readonly Format[];
  /** The one that is most often the best comes first: a smoke run tries no other. */
  readonly settings: (copy: Copy, subject: Subject) => readonly string[];
}

const fsspec = ["bytes:span", "default", "readahead:span", "blockcache:1048576"];

export const withIndex = "fitslice + index";

/** FITS through `zarrStore`, as any reader of Zarr may have it. */
export const storeReader = "zarrita on zarrStore";

export const readers: readonly Reader[] = [
  { name: "fitslice", program: "node", reads: ["fits", "tiled fits"], settings: () => ["default"] },
  {
    name: "astropy",
    program: "python",
    reads: ["fits", "tiled fits"],
    // Of a tiled image this astropy reads the whole table of tiles; then one block that holds the file is best.
    settings: ({ format, size }) =>
      format === "fits" ? fsspec : [`bytes:${size}`, "readahead:5242880", "default"],
  },
  {
    name: "fitsio",
    program: "python",
    reads: ["fits", "tiled fits"],
    settings: () => ["6 connections", "1 connection"],
  },
  {
    name: "zarrita",
    program: "node",
    reads: ["zarr"],
    settings: (_, { name }) => (name === "table" ? ["at once"] : ["cached", "at once"]),
  },
  { name: "zarrita", program: "node", reads: ["references"], settings: () => ["references"] },
  { name: storeReader, program: "node", reads: ["fits", "tiled fits"], settings: () => ["store"] },
  {
    name: "zarr-python",
    program: "python",
    reads: ["zarr"],
    settings: (_, { name }) => (name === "table" ? ["loop"] : ["loop", "threads"]),
  },
  {
    name: "geotiff.js",
    program: "node",
    reads: ["cog"],
    settings: () => ["blocks 65536", "blocks 1048576", "default"],
  },
  { name: "gdal", program: "python", reads: ["cog"], settings: () => ["tuned", "default"] },
  { name: "h5py", program: "python", reads: ["hdf5"], settings: () => fsspec },
  { name: "h5wasm", program: "chromium", reads: ["hdf5"], settings: () => ["lazy file"] },
  { name: "hyparquet", program: "node", reads: ["parquet"], settings: () => ["default"] },
];

/**
 * Readers that do not read every copy of their format: this zarr-python knows Zarr v2, and takes minutes for thousands of
 * small chunks; astropy and cfitsio know no compressed tables.
 */
const cannot: Readonly<Record<string, readonly string[]>> = {
  "zarr-python": ["zarr3", "zarr2 rows"],
  astropy: ["fits packed"],
  fitsio: ["fits packed"],
};

/** The readers of a copy. */
export function readersOf({ format, name }: Copy, subject: Subject): readonly Reader[] {
  return readers.filter(
    (reader) =>
      reader.reads.includes(format) &&
      !cannot[reader.name]?.includes(name) &&
      (reader.name !== storeReader || subject.name !== "table"),
  );
}

/** The readers of a file as it is archived: fitslice also with an index file, which holds all headers (and of a .gz, ways in). */
export function familyReaders({ format, path }: Copy): readonly Reader[] {
  const [fitslice, astropy, fitsio] = readers as readonly [Reader, Reader, Reader];
  const inParts = format === "fits" && !path.endsWith(".gz");
  return [
    fitslice,
    { ...fitslice, name: withIndex, settings: () => ["index"] },
    { ...astropy, settings: ({ size }) => (inParts ? ["bytes:span", "default"] : [`bytes:${size}`]) },
    { ...fitsio, settings: () => ["6 connections"] },
  ];
}
