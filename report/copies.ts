/**
 * The files: each subject in every format, each family as it is archived. They are made once and kept.
 */
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { open } from "fitslice";
import { imageHdu, tableHdu, type WritableHdu } from "fitslice/write";
import { makeFits } from "../bench/inputs.js";
import type { Family, FamilyHdu } from "./families.js";
import { catalog, object, pixels } from "./pixels.js";
import type { Subject } from "./subjects.js";

const run = promisify(execFile);
const cli = "dist/cli/main.js";

/** What a file is, for those who read it. */
export type Format = "fits" | "tiled fits" | "references" | "zarr" | "cog" | "hdf5" | "parquet";

export interface Copy {
  readonly name: string;
  readonly title: string;
  readonly format: Format;
  /** In the folder, with a slash at its beginning. */
  readonly path: string;
  readonly hdu: number;
  /** Bytes on disk: of all files, where the copy is a folder. */
  readonly size: number;
  readonly files: number;
  /** Bytes of the index file beside it, where there is one. */
  readonly indexSize?: number;
}

type Named = Omit<Copy, "size" | "files" | "indexSize">;

/** Makes all copies of a subject. */
export async function copiesOf(
  subject: Subject,
  folder: string,
  signal: AbortSignal,
): Promise<readonly Copy[]> {
  const { name, shape, chunk } = subject;
  const plain = join(folder, `${name}.fits`);
  await mkdir(folder, { recursive: true });
  await makeFits(plain, () => [
    name === "table"
      ? catalog(shape[0]!)
      : imageHdu({ header: cards(0), data: pixels(shape, name === "image" ? "int16" : "float32") }),
  ]);
  const hdu = name === "table" ? 1 : 0;
  const list = listed(subject, hdu);
  for (const { path, flags } of list.flatMap(packedPath))
    await pack(plain, join(folder, path), flags, signal);
  if (list.some(({ format }) => format === "parquet"))
    await parquet(plain, join(folder, `${name}.parquet`), signal);
  const references = list.find(({ format }) => format === "references");
  if (references) await refer(plain, join(folder, references.path), signal);
  const made = join(folder, `${name}.made`);
  if (!(await exists(made))) {
    await run(
      "/usr/bin/python3",
      ["report/make_copies.py", name, plain, String(hdu), folder, String(chunk)],
      {
        signal,
      },
    );
    await writeFile(made, "");
  }
  return Promise.all(list.map((copy) => sized(copy, folder)));
}

/** Flags of fpack for the copies that it makes. */
const tiles: Readonly<Record<string, readonly string[]>> = {
  "rice-rows": ["-r"],
  "rice-squares": ["-r", "-t"],
  "gzip2-rows": ["-g2"],
  "gzip2-squares": ["-g2", "-t"],
  "gzip2-cubes": ["-g2", "-q", "0", "-t"],
  "gzip2-planes": ["-g2", "-q", "0"],
  packed: ["-tableonly"],
};

function listed(
  { name, chunk, shape }: Subject,
  hdu: number,
): readonly (Named & { flags?: readonly string[] })[] {
  const side = shape.map(() => chunk).join(",");
  const fits = (title: string, kind: string): Named & { flags: readonly string[] } => ({
    name: `fits ${kind}`,
    title,
    format: "tiled fits",
    path: `/${name}-${kind}.fits.fz`,
    hdu: 1,
    flags: tiles[kind]!.flatMap((flag) => (flag === "-t" ? ["-t", side] : [flag])),
  });
  const other = (title: string, format: Format, ending: string): Named => ({
    name: ending,
    title,
    format,
    path: `/${name}.${ending}`,
    hdu: 0,
  });
  const plain: Named = {
    name: "fits plain",
    title: "FITS, plain",
    format: "fits",
    path: `/${name}.fits`,
    hdu,
  };
  const chunks = `${shape.map(() => chunk).join(" x ")}`;
  if (name === "table") {
    return [
      plain,
      fits("FITS, compressed table", "packed"),
      other("Zarr v2, an array for each column", "zarr", "zarr2"),
      other("HDF5, a dataset for each column", "hdf5", "h5"),
      other("Parquet", "parquet", "parquet"),
    ];
  }
  const common = [
    other(`Zarr v2, ${chunks}, shuffle + gzip`, "zarr", "zarr2"),
    other(`Zarr v3, ${chunks}, gzip`, "zarr", "zarr3"),
    other(`HDF5, ${chunks}, shuffle + gzip`, "hdf5", "h5"),
  ];
  if (name === "cube") {
    return [
      plain,
      fits("FITS, GZIP_2, tiles of one row", "gzip2-planes"),
      fits(`FITS, GZIP_2, tiles of ${chunks}`, "gzip2-cubes"),
      ...common,
    ];
  }
  return [
    plain,
    fits("FITS, RICE, tiles of one row", "rice-rows"),
    fits(`FITS, RICE, tiles of ${chunks}`, "rice-squares"),
    fits("FITS, GZIP_2, tiles of one row", "gzip2-rows"),
    fits(`FITS, GZIP_2, tiles of ${chunks}`, "gzip2-squares"),
    ...common,
    {
      ...other("Zarr v2, chunks of one row", "zarr", "zarr2"),
      name: "zarr2 rows",
      path: "/image-rows.zarr2",
    },
    other(`COG, ${chunks}, deflate, overviews`, "cog", "tif"),
    other("FITS, plain, by references, chunks of 256 kB", "references", "refs.json"),
  ];
}

function packedPath({ path, flags }: { path: string; flags?: readonly string[] }) {
  return flags ? [{ path, flags }] : [];
}

/** Makes the file of a family, with an index file beside it. */
export async function familyCopy(family: Family, folder: string, signal: AbortSignal): Promise<Copy> {
  const { name, packed, hdus, title, hdu } = family;
  const plain = join(folder, `${name}${packed ? "-plain" : ""}.fits`);
  await makeFits(plain, () => hdus.map(familyHdu));
  const ending = packed === "gzip" ? ".gz" : packed === "rice" ? ".fz" : "";
  const path = `/${name}.fits${ending}`;
  const whole = join(folder, path);
  if (packed === "rice") await pack(plain, whole, ["-r", "-q1", "4"], signal);
  if (packed === "gzip" && !(await exists(whole))) {
    await writeFile(`${whole}.part`, gzipSync(await readFile(plain)));
    await rename(`${whole}.part`, whole);
  }
  await indexBeside(whole);
  const copy = await sized(
    { name: "as archived", title, format: packed === "rice" ? "tiled fits" : "fits", path, hdu },
    folder,
  );
  return { ...copy, indexSize: (await stat(`${whole}.fsidx`)).size };
}

function familyHdu({ name, shape, type, cards: more = 0, tableBytes }: FamilyHdu): WritableHdu {
  const header = cards(more);
  const named = name === undefined ? {} : { name };
  if (tableBytes !== undefined) {
    const column = { name: "BYTES", format: `${tableBytes}B` };
    const values = Uint8Array.from({ length: tableBytes }, (_, i) => (i * 31) & 255);
    return tableHdu({
      ...named,
      header,
      columns: [column],
      rowCount: 1,
      batches: [{ columns: [{ values }] }],
    });
  }
  return imageHdu({ ...named, header, ...(shape && { data: pixels(shape, type!) }) });
}

function cards(more: number) {
  const fillers = Array.from({ length: more }, (_, i) => ({
    keyword: `KEY${i}`,
    value: i,
    comment: "a card",
  }));
  return [{ keyword: "OBJECT", value: object }, ...fillers];
}

async function pack(
  plain: string,
  packed: string,
  flags: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (await exists(packed)) return;
  await rm(`${packed}.part`, { force: true });
  await run("fpack", [...flags, "-O", `${packed}.part`, plain], { signal });
  await rename(`${packed}.part`, packed);
}

async function parquet(plain: string, path: string, signal: AbortSignal): Promise<void> {
  if (!(await exists(path)))
    await run(process.execPath, [cli, "table", plain, "--hdu", "1", "-o", path], { signal });
}

/** References to the plain file. Readers put the server's address in the place of this one. */
async function refer(plain: string, path: string, signal: AbortSignal): Promise<void> {
  const url = `http://files.invalid/${basename(plain)}`;
  const flags = ["--url", url, "--chunk-bytes", "256k", "-o", path];
  if (!(await exists(path))) await run(process.execPath, [cli, "zarr", plain, ...flags], { signal });
}

/** Writes the index file of the FITS file at `path` beside it. */
export async function indexBeside(path: string): Promise<void> {
  if (await exists(`${path}.fsidx`)) return;
  const fits = await open(path);
  try {
    await writeFile(`${path}.fsidx`, await fits.index());
  } finally {
    await fits.close();
  }
}

async function sized(copy: Named, folder: string): Promise<Copy> {
  const { name, title, format, path, hdu } = copy;
  const sizes = await sizesIn(join(folder, path));
  return { name, title, format, path, hdu, files: sizes.length, size: sizes.reduce((a, b) => a + b, 0) };
}

async function sizesIn(path: string): Promise<number[]> {
  const found = await stat(path);
  if (!found.isDirectory()) return [found.size];
  return (await Promise.all((await readdir(path)).map((name) => sizesIn(join(path, name))))).flat();
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
