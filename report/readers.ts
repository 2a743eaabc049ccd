/** Who reads which format, and the settings with which each may do best. */
import type { Copy, Format } from "./copies.js";
import type { Subject } from "./subjects.js";

export type Program = "node" | "python" | "chromium";

export interface Reader {
  readonly name: string;
  /** Where it runs. */
  readonly program: Program;
  readonly reads: readonly Format[];
  readonly settings: (copy: Copy, subject: Subject) => readonly string[];
}

const fsspec = ["default", "readahead:span", "bytes:span", "blockcache:1048576"];

export const readers: readonly Reader[] = [
  { name: "fitslice", program: "node", reads: ["fits", "tiled fits"], settings: () => ["default"] },
  {
    name: "astropy",
    program: "python",
    reads: ["fits", "tiled fits"],
    // Of a tiled image this astropy reads the whole table of tiles; then one block that holds the file is best.
    settings: ({ format, size }) =>
      format === "fits" ? fsspec : ["default", `bytes:${size}`, "readahead:5242880"],
  },
  {
    name: "fitsio",
    program: "python",
    reads: ["fits", "tiled fits"],
    settings: () => ["1 connection", "6 connections"],
  },
  {
    name: "zarrita",
    program: "node",
    reads: ["zarr"],
    settings: (_, { name }) => (name === "table" ? ["at once"] : ["at once", "cached"]),
  },
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
    settings: () => ["default", "blocks 65536", "blocks 1048576"],
  },
  { name: "gdal", program: "python", reads: ["cog"], settings: () => ["default", "tuned"] },
  { name: "h5py", program: "python", reads: ["hdf5"], settings: () => fsspec },
  { name: "h5wasm", program: "chromium", reads: ["hdf5"], settings: () => ["lazy file"] },
  { name: "hyparquet", program: "node", reads: ["parquet"], settings: () => ["default"] },
];

/** Readers that cannot read copies of their format: this zarr-python knows Zarr v2, astropy and cfitsio no compressed tables. */
const cannot: Readonly<Record<string, readonly string[]>> = {
  "zarr-python": ["zarr3"],
  astropy: ["fits packed"],
  fitsio: ["fits packed"],
};

/** The readers of a copy. */
export function readersOf({ format, name }: Copy): readonly Reader[] {
  return readers.filter((reader) => reader.reads.includes(format) && !cannot[reader.name]?.includes(name));
}
