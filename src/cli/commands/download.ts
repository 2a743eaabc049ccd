/** `download`: the whole file, in parallel, resumable. */
import { type FileHandle, open as openFile, rename, rm, stat } from "node:fs/promises";
import type { Command } from "commander";
import {
  type ByteRange,
  createReader,
  FitsError,
  type OpenOptions,
  type Plan,
  type Reader,
  resolveSource,
} from "fitslice";
import { type Journal, keepJournal, missingRanges, resumable } from "../download-journal.js";
import { badUsage, cannotWrite, Failure } from "../failure.js";
import { type SharedOptions, withSharedOptions } from "../options.js";
import { byteText, tell, toJson, write } from "../output.js";
import { refuseOverwriting } from "../overwrite.js";
import { progressBar } from "../progress.js";
import { withProfile } from "../session.js";
import { downloadWhole, wholeNote } from "../whole-download.js";

interface DownloadOptions extends SharedOptions {
  output: string;
  force?: boolean;
}

export function downloadCommand(command: Command): void {
  command
    .description(
      "Download the whole file, several parts at a time. The file appears under its name when it is complete; until " +
        "then it is OUTPUT.part. Interrupted, the same command goes on where it stopped, if the object is still the " +
        "same one (by ETag or Last-Modified); else it starts anew. From a server without ranges it comes in one answer, " +
        "which cannot be resumed.",
    )
    .argument("<src>", "URL, s3://bucket/key or path")
    .requiredOption("-o, --output <path>", "where to")
    .option("--force", "overwrite the output")
    .option("--json", "print what was done as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice download https://archive.example/hst.fits -o local.fits
  $ fitslice download s3://archive/hst.fits -o local.fits --force --concurrency 4`,
    );
  withSharedOptions(command, { index: false }).action(async (src: string, options: DownloadOptions) => {
    if (src === "") throw badUsage("the source is empty; give a path, a URL or s3://bucket/key");
    const beside = [`${options.output}.part`, `${options.output}.part.json`];
    refuseOverwriting(src, options, beside);
    const there = await stat(options.output).catch(() => undefined);
    if (there?.isDirectory()) throw badUsage(`${options.output} is a folder; name a file in it`);
    if (there && !there.isFile()) throw badUsage(`${options.output} is no regular file`);
    if (there && !options.force) throw badUsage(`${options.output} exists; say --force to overwrite it`);
    await withProfile(options, async (opened) => {
      const reader = createReader(await resolveSource(src, opened), { ...opened, cacheBytes: 0 });
      try {
        await download(reader, options, opened);
      } catch (error) {
        if (!(error instanceof FitsError) || error.code !== "RANGE_IGNORED") throw error;
        throw new Failure(
          1,
          `${reader.source.href}: the server knows no ranges any more; try again later, to go on where it stopped`,
        );
      } finally {
        await reader.close();
      }
    });
  });
}

const MiB = 1024 * 1024;
/** Enough to tell the size by, and soon here: from then on parts come side by side. */
const firstBytes = MiB / 4;
/** Parts under way at a time, unless --concurrency says otherwise. */
const defaultParts = 8;

/**
 * Parts are small, as one is only shown, and kept when the download is interrupted, when it is complete; yet not so
 * small that a large file becomes more than some thousands of requests.
 */
export function partBytesFor(size: number): number {
  const wanted = Math.max(Math.min(size / 256, 8 * MiB), size / 8192, MiB);
  return Math.ceil(wanted / MiB) * MiB;
}

/** With a part some servers do not tell the size of the whole (`bytes 0-9/*`), but beyond its end they do. */
async function sizeOf(reader: Reader): Promise<number> {
  const { source } = reader;
  if (source.size === undefined) await readPart(reader, { offset: 2 ** 52, length: 1 });
  if (source.size !== undefined) return source.size;
  throw new Failure(1, `${source.href}: the server does not tell the size of the object; use another server`);
}

async function download(reader: Reader, options: DownloadOptions, opened: OpenOptions): Promise<void> {
  const { source } = reader;
  const { output } = options;
  const partial = `${output}.part`;
  const journalPath = `${partial}.json`;
  // Where an earlier download may be gone on with, one byte is enough to know the object by.
  const begun = (await stat(journalPath).catch(() => undefined)) !== undefined;
  const bar = await progressBar(undefined, "downloading", options);
  const first = await firstPart(reader, begun ? 1 : firstBytes).catch((error: unknown) => {
    bar.stop();
    throw error;
  });
  if (!first) {
    bar.stop();
    const size = await downloadWhole(source, output, options, opened);
    for (const old of [partial, journalPath]) await rm(old, { force: true });
    return report(reader, options, { size, note: wholeNote });
  }
  const size = await sizeOf(reader).catch((error: unknown) => {
    bar.stop();
    throw error;
  });
  const fresh: Journal = { href: source.href, size, ...(source.tag && { tag: source.tag }), done: [] };
  const old = await resumable(journalPath, partial, fresh);
  const journal = old ?? fresh;
  const before = journal.done.reduce((sum, [, length]) => sum + length, 0);
  const file = await openFile(partial, old ? "r+" : "w").catch((cause: unknown) => {
    bar.stop();
    throw cannotWrite(output, cause);
  });
  bar.expect(size, before);
  const keeper = keepJournal(journalPath, journal);
  try {
    const keep = async (offset: number, bytes: Uint8Array): Promise<void> => {
      await writeAll(file, bytes, offset).catch((cause: unknown) => {
        throw cannotWrite(output, cause);
      });
      await keeper.add(offset, bytes.byteLength);
      bar.advance(bytes.byteLength);
    };
    if (!old && first.byteLength > 0) await keep(0, first);
    const parts = missingRanges(journal, partBytesFor(size));
    const worker = async (): Promise<void> => {
      for (let part = parts.shift(); part; part = parts.shift())
        await keep(part.offset, await readPart(reader, part));
    };
    const count = Math.min(opened.concurrency ?? defaultParts, parts.length);
    const workers = Array.from({ length: count }, worker);
    // All have stopped before the file is closed; the first failure is told.
    await Promise.all(
      workers.map((one) =>
        one.catch((error: unknown) => {
          parts.length = 0;
          throw error;
        }),
      ),
    ).finally(() => Promise.allSettled(workers));
    await file.sync();
  } finally {
    bar.stop();
    await keeper.save();
    await file.close();
  }
  await rename(partial, output).catch((cause: unknown) => {
    throw cannotWrite(output, cause);
  });
  await rm(journalPath, { force: true });
  const note = before > 0 ? `${byteText(before)} of it from before` : "";
  await report(reader, options, { size, resumedBytes: before, note });
}

/** Says what was done. */
async function report(
  { source: { href } }: Reader,
  { json, output }: DownloadOptions,
  { size, resumedBytes = 0, note }: { size: number; resumedBytes?: number; note: string },
): Promise<void> {
  if (json) await write(`${toJson({ href, path: output, size, resumedBytes })}\n`);
  else tell(`${output}: ${byteText(size)}${note && `, ${note}`}`);
}

/** The first bytes, up to `length`; undefined where the server sends nothing less than the whole of a large object. */
async function firstPart(reader: Reader, length: number): Promise<Uint8Array | undefined> {
  try {
    return await readPart(reader, { offset: 0, length });
  } catch (error) {
    if (error instanceof FitsError && error.code === "RANGE_IGNORED") return undefined;
    throw error;
  }
}

/** One part as one request: what runs in parallel here are parts. */
async function readPart(reader: Reader, range: ByteRange): Promise<Uint8Array> {
  let got: Uint8Array = new Uint8Array(0);
  const plan: Plan<undefined> = {
    label: "download",
    ranges: [range],
    keep: false,
    take: (_, bytes) => {
      got = bytes;
    },
    next: () => ({ value: undefined }),
  };
  await reader.run(plan, { optimize: "requests" });
  return got;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    at += (await file.write(bytes, at, bytes.byteLength - at, offset + at)).bytesWritten;
  }
}
