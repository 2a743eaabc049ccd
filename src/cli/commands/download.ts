/** `download`: the whole file, in parallel, resumable. */
import { type FileHandle, open as openFile, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { type ByteRange, createReader, FitsError, type Plan, resolveSource } from "fitslice";
import { type SharedOptions, withSharedOptions } from "../options.js";
import { byteText, tell, toJson, write } from "../output.js";
import { progressBar } from "../progress.js";
import { profiledOptions, reportProfile } from "../session.js";

interface DownloadOptions extends SharedOptions {
  output: string;
  force?: boolean;
}

export function downloadCommand(program: Command): void {
  const command = program
    .command("download")
    .summary("the whole file, in parallel, resumable")
    .description(
      "Download the whole file in parallel parts. Interrupted, it goes on where it stopped, if the file is still the same; the file appears under its name when it is complete.",
    )
    .argument("<src>", "URL, s3://bucket/key or path")
    .requiredOption("-o, --output <path>", "where to")
    .option("--force", "overwrite the output")
    .option("--json", "print what was done as JSON");
  withSharedOptions(command).action(async (src: string, options: DownloadOptions) => {
    const opened = profiledOptions(options);
    const startedAt = new Date();
    try {
      await download(src, options, opened);
    } finally {
      await reportProfile(opened.profile, options, startedAt);
    }
  });
}

/** What is known of an interrupted download: which object it was, and which parts are here. */
interface Journal {
  href: string;
  size: number;
  tag?: string;
  done: [offset: number, length: number][];
}

const partBytes = 8 * 1024 * 1024;

async function download(
  src: string,
  options: DownloadOptions,
  opened: ReturnType<typeof profiledOptions>,
): Promise<void> {
  const { output } = options;
  if (!options.force && (await exists(output))) {
    throw new FitsError("BAD_ARGUMENT", `${output} exists; say --force to overwrite it`);
  }
  const source = await resolveSource(src, opened);
  const reader = createReader(source, { ...opened, cacheBytes: 0 });
  const [partial, journalPath] = [`${output}.part`, `${output}.part.json`];
  try {
    let first: Uint8Array = new Uint8Array(0);
    await reader.run(
      step([{ offset: 0, length: partBytes }], (_, bytes) => {
        first = bytes;
      }),
    );
    const size = source.size ?? first.byteLength;
    const journal = await resume(journalPath, partial, {
      href: source.href,
      size,
      ...(source.tag && { tag: source.tag }),
      done: [],
    });
    const before = journal.done.reduce((sum, [, length]) => sum + length, 0);
    const file = await openFile(partial, before > 0 ? "r+" : "w").catch((cause: Error) => {
      throw new FitsError("BAD_ARGUMENT", `cannot write ${output}: ${cause.message}`, { cause });
    });
    const bar = progressBar(size, "downloading", before);
    let saved: Promise<void> = Promise.resolve();
    try {
      const keep = async (offset: number, bytes: Uint8Array): Promise<void> => {
        await writeAll(file, bytes, offset);
        journal.done.push([offset, bytes.byteLength]);
        bar.advance(bytes.byteLength);
        saved = saved.then(() => writeFile(journalPath, toJson(journal)));
        await saved;
      };
      if (before === 0 && first.byteLength > 0) await keep(0, first);
      const ranges = missing(journal);
      await reader.run(step(ranges, (i, bytes) => keep(ranges[i]!.offset, bytes)));
      await file.sync();
    } finally {
      bar.stop();
      await file.close();
    }
    await rename(partial, output);
    await rm(journalPath, { force: true });
    if (options.json)
      await write(`${toJson({ href: source.href, path: output, size, resumedBytes: before })}\n`);
    else tell(`${output}: ${byteText(size)}${before > 0 ? `, ${byteText(before)} of it from before` : ""}`);
  } finally {
    await reader.close();
  }
}

function step(
  ranges: readonly ByteRange[],
  take: (i: number, bytes: Uint8Array) => void | Promise<void>,
): Plan<undefined> {
  return { label: "download", ranges, keep: false, take, next: () => ({ value: undefined }) };
}

/** The journal of an interrupted download of the same object, or the new one. */
async function resume(path: string, partial: string, fresh: Journal): Promise<Journal> {
  try {
    const old = JSON.parse(await readFile(path, "utf8")) as Journal;
    const { size } = await stat(partial);
    const same = old.href === fresh.href && old.size === fresh.size && old.tag === fresh.tag;
    const sound = old.done.every(
      ([offset, length]) => offset >= 0 && length > 0 && offset + length <= Math.min(size, old.size),
    );
    if (same && sound && (fresh.tag !== undefined || !/^(https?|s3):/.test(fresh.href))) return old;
  } catch {
    // No journal, or none that can be trusted: from the beginning.
  }
  return fresh;
}

/** What is not here yet, in parts. */
function missing({ size, done }: Journal): ByteRange[] {
  const ranges: ByteRange[] = [];
  let at = 0;
  for (const [offset, length] of [...done, [size, 0] as const].sort((a, b) => a[0] - b[0])) {
    for (; at < offset; at += partBytes)
      ranges.push({ offset: at, length: Math.min(partBytes, offset - at) });
    at = offset + length;
  }
  return ranges;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    at += (await file.write(bytes, at, bytes.byteLength - at, offset + at)).bytesWritten;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
