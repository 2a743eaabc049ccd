/**
 * A job as files, which any machine can read: job.json, and the shards, a line of JSON each, of which a machine reads those
 * that it cuts.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { type OpenOptions, resolveSource, showAddress } from "fitslice";
import type { Outcome, Shard, StampJob, StampSpec } from "fitslice/stamps";
import { badUsage, cannotWrite, Failure, makeFolder } from "../failure.js";
import type { PictureFileOptions } from "../picture.js";
import type { StampFormat } from "../stamps/options.js";
import type { PackKind } from "../stamps/place.js";
import { isRemote } from "../stamps/work.js";

/** What each shard becomes: files in a folder, or one file of its stamps. */
export type ShardKind = PackKind | "table";

/** How the stamps of a job are made, beside what the specification says. */
export interface JobForm {
  readonly format: StampFormat;
  readonly kind: ShardKind;
  readonly picture: PictureFileOptions;
}

/** job.json. */
export interface JobNote extends JobForm {
  readonly version: 1;
  /** Hash of the specification, of the form and of all shards. */
  readonly id: string;
  readonly spec: StampSpec;
  /** When the job was planned, milliseconds since 1970: its files are dated so, and a second run gives the same bytes. */
  readonly date: number;
  /** Where outputs go: a folder, as seen from the job's own, or an address. */
  readonly output: string;
  readonly shardTargets: number;
  readonly shards: number;
  /** How many outcomes there will be, the settled ones included. */
  readonly count: number;
}

/** A shard in the index: where its line is. */
export interface ShardEntry {
  /** Hash of all that decides its output. */
  readonly id: string;
  /** Place in the job, from 0. */
  readonly index: number;
  readonly count: number;
  readonly offset: number;
  readonly length: number;
  /** Whether its file is on a server: then a thread waits for most of it, and has time for others. */
  readonly remote: boolean;
}

const names = {
  note: "job.json",
  index: "index.ndjson",
  shards: "shards.ndjson",
  settled: "settled.ndjson",
} as const;

/** Writes a job; job.json comes last. Throws `Failure` where one is, unless `force` is set. */
export async function writeJob(
  folder: string,
  { id, spec, shards, settled, count }: StampJob,
  { output, shardTargets, ...form }: JobForm & Pick<JobNote, "output" | "shardTargets">,
  { force = false }: { force?: boolean | undefined },
): Promise<JobNote> {
  const path = join(folder, names.note);
  if (existsSync(path) && !force) throw badUsage(`${path} exists; add --force to replace the job`);
  const formed = formOf(form);
  const note: JobNote = {
    version: 1,
    id: hashOf(id, formed),
    spec,
    ...form,
    date: Math.floor(Date.now() / 1000) * 1000,
    output,
    shardTargets,
    shards: shards.length,
    count,
  };
  // Addresses may hold keys: a job of such is for its owner alone.
  const isSecret = shards.some(({ source }) => showAddress(source) !== source);
  const mode = isSecret ? 0o600 : 0o666;
  try {
    makeFolder(folder);
    rmSync(path, { force: true });
    let offset = 0;
    const index: string[] = [];
    await writeLines(join(folder, names.shards), mode, shards, (shard) => {
      const line = `${JSON.stringify(shard)}\n`;
      const length = Buffer.byteLength(line);
      const remote = isRemote(shard.source);
      const entry = { id: hashOf(shard.id, formed), count: shard.targets.length, offset, length, remote };
      index.push(`${JSON.stringify(entry)}\n`);
      offset += length;
      return line;
    });
    await writeLines(join(folder, names.index), 0o666, index, (line) => line);
    await writeLines(join(folder, names.settled), mode, settled, (outcome) => `${JSON.stringify(outcome)}\n`);
    writeFileSync(`${path}.new`, `${JSON.stringify(note, undefined, 1)}\n`);
    renameSync(`${path}.new`, path);
  } catch (cause) {
    throw cannotWrite(folder, cause);
  }
  return note;
}

function formOf({ format, kind, picture }: JobForm): string {
  return JSON.stringify({ format, kind, picture });
}

async function writeLines<T>(
  path: string,
  mode: number,
  items: readonly T[],
  lineOf: (item: T) => string,
): Promise<void> {
  rmSync(path, { force: true });
  const file = createWriteStream(path, { mode });
  const written = finished(file);
  for (const item of items) if (!file.write(lineOf(item))) await Promise.race([once(file, "drain"), written]);
  file.end();
  await written;
}

function hashOf(...texts: readonly string[]): string {
  return createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, 24);
}

/** job.json of a folder, or below an address. */
export async function readNote(folder: string, access: OpenOptions): Promise<JobNote> {
  const path = at(folder, names.note);
  const note = parsed<JobNote>(await wholeFile(path, access, "fitslice cutouts plan makes one"), path);
  if (note.version === 1 && typeof note.id === "string" && note.spec && typeof note.output === "string")
    return note;
  throw new Failure(1, `${showAddress(path)}: this is no job of this version of fitslice`);
}

/** The index of a job. Throws `Failure` where it lacks shards, as in a copy that was stopped. */
export async function readEntries(
  folder: string,
  { shards }: Pick<JobNote, "shards">,
  access: OpenOptions,
): Promise<ShardEntry[]> {
  const path = at(folder, names.index);
  const lines = (await wholeFile(path, access)).split("\n").slice(0, -1);
  if (lines.length !== shards)
    throw new Failure(
      1,
      `${showAddress(path)}: it has ${lines.length} shards, and the job has ${shards}; copy or plan the job again`,
    );
  return lines.map((line, index) => ({ ...parsed<Omit<ShardEntry, "index">>(line, path), index }));
}

/** What of the list was settled when the job was planned. */
export async function readSettled(folder: string, access: OpenOptions): Promise<Outcome[]> {
  const path = at(folder, names.settled);
  const lines = (await wholeFile(path, access)).split("\n").slice(0, -1);
  return lines.map((line) => parsed<Outcome>(line, path));
}

/** What is said where a job is no longer the one that a shard is of. */
export function replaced(job: string): Failure {
  return new Failure(1, `${showAddress(job)}: the job was planned anew; run or submit that one`);
}

/**
 * Reads one shard, and nothing else. Throws `Failure` where the entry is of another job than that which lies there now, and where the
 * specification or the shard is not that which was planned: outputs are named by its hash.
 */
export async function readShard(
  folder: string,
  note: JobForm & Pick<JobNote, "spec">,
  { id, offset, length }: ShardEntry,
  access: OpenOptions,
): Promise<Shard> {
  const path = at(folder, names.shards);
  const source = await resolveSource(path, access);
  try {
    const bytes = await source.getRange({ offset, length });
    const shard = parsed<Shard>(Buffer.from(bytes).toString("utf8"), path);
    if (hashOf(shard.id, formOf(note)) !== id) throw replaced(folder);
    const { id: planned, ...work } = shard;
    if (hashOf(JSON.stringify(note.spec), JSON.stringify(work)) !== planned)
      throw new Failure(
        1,
        `${showAddress(folder)}: ${names.note} or ${names.shards} was changed by hand; plan the job again`,
      );
    return shard;
  } finally {
    await source.close?.();
  }
}

/** A name in a folder, or below an address. */
export function at(folder: string, name: string): string {
  return isAddress(folder) ? `${folder.replace(/\/+$/, "")}/${name}` : join(folder, name);
}

export function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text);
}

const pieceBytes = 8 << 20;

async function wholeFile(path: string, access: OpenOptions, hint?: string): Promise<string> {
  const source = await resolveSource(path, access).catch((cause: Error) => {
    throw hint === undefined ? cause : new Failure(1, `${cause.message}; ${hint}`, { cause });
  });
  try {
    const pieces: Uint8Array[] = [];
    for (let offset = 0; source.size === undefined || offset < source.size; offset += pieceBytes) {
      const piece = await source.getRange({ offset, length: pieceBytes });
      pieces.push(piece);
      if (piece.length < pieceBytes) break;
    }
    return Buffer.concat(pieces).toString("utf8");
  } finally {
    await source.close?.();
  }
}

function parsed<T>(text: string, path: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new Failure(1, `${showAddress(path)}: this is not what fitslice wrote; plan the job again`, {
      cause,
    });
  }
}
