/**
 * One Zarr array of the arrays of all shards. Each shard has chunks of its own: they are copied as they are, and what a shard's last
 * chunk has no stamps for stays empty. The table says which place is whose.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DType } from "fitslice";
import { typeStrings } from "fitslice/export";
import { alreadyThere, badUsage, cannotWrite, Failure } from "../failure.js";
import { replaceFolder } from "../part.js";
import { counting } from "../progress.js";
import { interruption } from "../signals.js";
import { writeArray, writeGroup, writeVector } from "../stamps/pack-zarr.js";
import { type Cells, numberCells, parquetOf, textCells, wholeCells } from "../stamps/stamp-table.js";
import { checkedFile, type DoneShard } from "./checked-file.js";
import type { JobNote } from "./job-folder.js";
import type { OutputPlace } from "./place.js";

/** What .zarray of a shard says. */
interface ArrayNote {
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly dtype: string;
  readonly fill_value: string | null;
}

type Row = Readonly<Record<string, unknown>>;

const group = "stamps.zarr";
const table = "images_metadata.parquet";

/** Writes the group beside its place, and moves it there. */
export async function joinZarr(
  output: string,
  place: OutputPlace,
  shards: readonly DoneShard[],
  note: JobNote,
  force: boolean,
): Promise<void> {
  if (existsSync(output) && !force) throw alreadyThere(output);
  const filled = shards.filter(({ manifest }) =>
    manifest.files.some(({ name }) => name === `${group}/images/.zarray`),
  );
  const [first] = filled;
  if (!first)
    throw new Failure(1, `no target of job ${note.id} has a stamp; fitslice cutouts status says why`);
  const folder = `${output}.part`;
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, "images"), { recursive: true });
    const form = await arrayOf(place, first);
    const rows: Row[] = [];
    const ends: number[] = [];
    let chunk = 0;
    for (const shard of counting(filled, "joining shards")) {
      interruption.throwIfAborted();
      const array = await arrayOf(place, shard);
      checkSame(array, form, shard);
      const start = chunk * form.chunks[0]!;
      for (const { name } of shard.manifest.files) {
        const [, own, rest] = /^stamps\.zarr\/images\/(\d+)((?:\.0)*)$/.exec(name) ?? [];
        if (own === undefined) continue;
        writeFileSync(
          join(folder, "images", `${chunk + Number(own)}${rest}`),
          await checkedFile(place, shard, name),
        );
      }
      for (const row of await rowsOf(await checkedFile(place, shard, `${group}/${table}`)))
        rows.push({ ...row, idx_in_zarr: Number(row["idx_in_zarr"]) + start });
      ends.push(start + array.shape[0]!);
      chunk += Math.ceil(array.shape[0]! / form.chunks[0]!);
    }
    const length = ends.at(-1)!;
    describe(folder, form, length);
    for (const name of ["ra", "dec"]) {
      const values = new Float64Array(length).fill(Number.NaN);
      for (const row of rows) values[row["idx_in_zarr"] as number] = Number(row[name]);
      writeVector(join(folder, name), values, "deg");
    }
    writeGroup(folder);
    writeFileSync(join(folder, table), await parquetOf(cellsOf(rows), rows.length));
    replaceFolder(folder, output);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error instanceof Error && "syscall" in error ? cannotWrite(output, error) : error;
  }
}

async function arrayOf(place: OutputPlace, shard: DoneShard): Promise<ArrayNote> {
  const bytes = await checkedFile(place, shard, `${group}/images/.zarray`);
  return JSON.parse(Buffer.from(bytes).toString("utf8")) as ArrayNote;
}

function checkSame(array: ArrayNote, form: ArrayNote, { entry }: DoneShard): void {
  if (String(array.chunks) === String(form.chunks) && array.dtype === form.dtype) return;
  throw badUsage(
    `the stamps of shard ${entry.index} are ${array.dtype} [${array.shape.slice(1)}], those of the first one ${form.dtype} ` +
      `[${form.shape.slice(1)}], and a Zarr array has one form; the arrays of the shards stay as they are`,
  );
}

function describe(
  folder: string,
  { shape, chunks, dtype, fill_value: fill }: ArrayNote,
  length: number,
): void {
  const known = Object.entries(typeStrings).find(([, text]) => text === dtype)?.[0] as DType;
  const dimensions = ["stamp", ...shape.slice(3).map((_, i) => `axis_${i + 1}`), "y", "x"];
  writeArray(join(folder, "images"), {
    shape: [length, ...shape.slice(1)],
    chunks,
    dtype: known,
    fill,
    dimensions,
    attributes: { coordinates: "ra dec" },
  });
}

async function rowsOf(bytes: Uint8Array): Promise<Row[]> {
  const [{ parquetReadObjects }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const file = new Uint8Array(bytes).buffer;
  return parquetReadObjects({ file, compressors });
}

/** A column for each name that a shard has; a number or a text, as there. */
function cellsOf(rows: readonly Row[]): Cells[] {
  const kinds = new Map<string, "text" | "number" | "whole">();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (kinds.has(name) || value === undefined || value === null) continue;
      const isWhole = typeof value === "bigint" || name === "idx_in_zarr";
      kinds.set(name, typeof value === "string" ? "text" : isWhole ? "whole" : "number");
    }
  }
  return [...kinds].map(([name, kind]) => {
    const values = rows.map((row) => row[name]);
    if (kind === "text")
      return textCells(
        name,
        values.map((value) => String(value ?? "")),
      );
    if (kind === "whole")
      return wholeCells(
        name,
        values.map((value) => BigInt(String(value ?? -1))),
      );
    return numberCells(
      name,
      values.map((value) => Number(value ?? Number.NaN)),
    );
  });
}
