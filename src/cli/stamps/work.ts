/**
 * Cuts one shard into files, on the thread that it is called on.
 */
import { closeSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { FitsError, type NdArray, open, type ReadOptions } from "fitslice";
import {
  cutShard,
  type Outcome,
  type Shard,
  type ShardFile,
  type ShardTarget,
  type Stamp,
  type StampSpec,
  stampBytes,
  stampExtension,
} from "fitslice/stamps";
import type { CompressOptions } from "fitslice/write";
import { checkAddress, parseAddress, refuseStdin } from "../address.js";
import { cannotWrite, Failure } from "../failure.js";
import { encoded } from "../formats.js";
import { openOptions, type SharedOptions } from "../options.js";
import { type PictureFileOptions, pngPieces } from "../picture.js";
import type { StampFormat } from "./options.js";
import { type PackKind, partPrefix } from "./place.js";
import { openRows } from "./rows.js";

/** How stamps become files: plain data, for threads. */
export interface StampTask {
  readonly spec: StampSpec;
  readonly format: StampFormat;
  readonly kind: PackKind;
  /** The folder of the files. */
  readonly work: string;
  /** What the sources are opened with. */
  readonly access: SharedOptions;
  readonly picture: PictureFileOptions;
  readonly compress?: CompressOptions | undefined;
  readonly batchBytes: number;
  /** Milliseconds since 1970 that files are dated with, so that a second run gives the same bytes. Default: now. */
  readonly date?: number | undefined;
}

/** Whether an address is one of a server. */
export function isRemote(source: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(source) && !/^file:/i.test(source);
}

/** Ending of the files in the folder. */
export function extensionOf({ format, kind }: Pick<StampTask, "format" | "kind">): string {
  return kind === "fits" ? "hdu" : format;
}

/**
 * Cuts the targets that are wanted. Files appear whole: `told` hears of a stamp when its file is there.
 */
export async function workShard(
  shard: Shard,
  task: StampTask,
  wants: (target: ShardTarget) => boolean,
  told: (outcomes: Outcome[]) => void,
  { signal, profile }: Pick<ReadOptions, "signal" | "profile"> = {},
): Promise<void> {
  const files: OpenSource[] = [];
  const access = { ...(await openOptions(task.access)), signal, profile };
  const openOne = async (text: string): Promise<ShardFile> => {
    const file = await openSource(text, access);
    files.push(file);
    return file;
  };
  try {
    const date = new Date(task.date ?? Date.now());
    const options = { open: openOne, wants, batchBytes: task.batchBytes, signal };
    for await (const batch of cutShard(shard, task.spec, options)) {
      const outcomes: Outcome[] = [];
      for (const stamp of batch) outcomes.push(await written(stamp, shard.source, task, date));
      told(outcomes);
    }
  } finally {
    for (const { fits, rows } of files) {
      rows?.close();
      await fits.close();
    }
  }
}

interface OpenSource extends ShardFile {
  readonly rows?: ReturnType<typeof openRows>;
}

/** What the command line calls wrong usage is a failure of this file alone. */
async function openSource(text: string, access: Parameters<typeof open>[1]): Promise<OpenSource> {
  try {
    const address = parseAddress(text);
    refuseStdin(address.source);
    checkAddress(address, "hdu");
    const fits = await open(address.source, access);
    // What is read without the I/O loop, no profile would see.
    const isSeen = isRemote(address.source) || access?.profile !== undefined;
    return { fits, hdu: address.hdu, ...(!isSeen && { rows: openRows(address.source) }) };
  } catch (error) {
    if (error instanceof Failure) throw new FitsError("BAD_SOURCE", error.message, { cause: error });
    throw error;
  }
}

async function written(stamp: Stamp, source: string, task: StampTask, date: Date): Promise<Outcome> {
  const { target, status, reason, hdu } = stamp;
  const { name, row, number } = target;
  const known = { name, row, number, source, hdu };
  if (!stamp.cut) return { ...known, status, reason };
  let bytes: Uint8Array;
  try {
    bytes = await bytesOf(stamp, task, date);
  } catch (error) {
    if (!(error instanceof FitsError)) throw error;
    return { ...known, status: "failed", reason: error.message };
  }
  const file = `${target.output}.${extensionOf(task)}`;
  put(task.work, file, bytes);
  return { ...known, status, output: outputOf(task.kind, file, target, bytes) };
}

/** What the manifest says of a stamp's place: a file's name, EXTNAME and EXTVER, or a place along the first axis. */
function outputOf(kind: PackKind, file: string, { number }: ShardTarget, bytes: Uint8Array): string {
  if (kind === "fits") return `[${firstName(bytes)},${number + 1}]`;
  return kind === "zarr" ? `images/${number}` : file;
}

/**
 * EXTNAME of the first HDU of `stampExtension`. This is not always the target's name: EXTNAME is plain text of one card, and of several HDUs
 * their own names stand behind the target's.
 */
function firstName(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes;
  const cards = Buffer.from(buffer, byteOffset, byteLength);
  for (let at = 0; at < byteLength; at += 80) {
    const [, value] = /^EXTNAME = '((?:[^']|'')*)'/.exec(cards.toString("latin1", at, at + 80)) ?? [];
    if (value !== undefined) return value.replaceAll("''", "'").trimEnd();
  }
  return "";
}

async function bytesOf({ cut, target }: Stamp, task: StampTask, date: Date): Promise<Uint8Array> {
  const { format, kind, picture, compress } = task;
  const { cuts } = cut!;
  if (kind === "fits") return stampExtension(cut!, { name: target.name, ver: target.number + 1 }, { date });
  if (format === "fits") return stampBytes(cut!, { date });
  if (format === "fits.fz") return stampBytes(cut!, { date, compress: compress ?? true });
  const { stored } = cuts[0]!;
  if (format === "png") return Buffer.concat(await pngPieces(plane(stored), picture));
  return Buffer.concat([...encoded("npy", stored, stored.dtype)].map((part) => Buffer.from(part)));
}

/** A picture of a cube's one plane. */
function plane(array: NdArray): NdArray {
  const { shape } = array;
  const shown = shape.slice(-2);
  if (shape.slice(0, -2).every((length) => length === 1))
    return { ...array, shape: shown, stride: array.stride.slice(-2) };
  throw new FitsError("BAD_SELECTION", "a picture is of one plane; say which with --plane");
}

/** Writes a file under another name, and moves it to its own when it is whole. */
function put(folder: string, name: string, bytes: Uint8Array): void {
  const path = join(folder, name);
  const part = join(folder, `${partPrefix}${process.pid}-${threadId}`);
  try {
    const file = openSync(part, "w");
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } finally {
      closeSync(file);
    }
    renameSync(part, path);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}
