/**
 * Sources that can be read once, from front to back: standard input, named pipes. What reads parts of them reads parts of a
 * temporary copy.
 */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type ByteSource, resolveSource } from "fitslice";
import { badUsage, cannotWrite, Failure } from "./failure.js";
import { writeAll } from "./files.js";
import { byteText } from "./output.js";
import { progressBar } from "./progress.js";
import { interruption, removeAtExit } from "./signals.js";

/** More than that is not copied: a stream may have no end. */
const mostBytes = 64 * 2 ** 30;

let isTaken = false;

/** Copies a stream into a temporary file and lets `use` read that; the file goes afterwards, whatever happens. Throws `Failure`. */
export async function withCopy(source: string, use: (copy: ByteSource) => Promise<void>): Promise<void> {
  const path = join(tmpdir(), `fitslice-${randomBytes(8).toString("hex")}.stream`);
  const forget = removeAtExit(path);
  try {
    await copyTo(path, opened(source), source);
    await use(await copyAs(path, source === "-" ? "standard input" : source));
  } finally {
    await rm(path, { force: true });
    forget();
  }
}

/** A file on this disk as the source that it was made of, whose name it has. */
export async function copyAs(path: string, href: string): Promise<ByteSource> {
  const file = await resolveSource(path);
  const { size, speed } = file;
  return {
    href,
    ...(size !== undefined && { size }),
    ...(speed && { speed }),
    getRange: file.getRange.bind(file),
    close: async () => file.close?.(),
  };
}

function opened(source: string): Readable {
  if (source !== "-") return createReadStream(source, { signal: interruption });
  if (process.stdin.isTTY)
    throw badUsage("standard input is the terminal; send a file into it: curl ... | fitslice info -");
  if (isTaken) throw badUsage("standard input can be read once; name it once");
  isTaken = true;
  interruption.addEventListener("abort", () => process.stdin.destroy(interruption.reason), { once: true });
  return process.stdin;
}

async function copyTo(path: string, stream: Readable, source: string): Promise<void> {
  const shown = source === "-" ? "standard input" : source;
  const failed = (cause: unknown): Failure => cannotWrite(`the temporary file ${path}`, cause);
  const file = await open(path, "wx", 0o600).catch((cause: unknown) => {
    throw failed(cause);
  });
  const bar = progressBar(undefined, "receiving");
  try {
    let size = 0;
    for await (const chunk of chunksOf(stream, shown)) {
      size += chunk.length;
      bar.advance(chunk.length);
      if (size > mostBytes)
        throw new Failure(
          1,
          `${shown}: more than ${byteText(mostBytes)} came; save it to a file and name that`,
        );
      await writeAll(file, chunk, null).catch((cause: unknown) => {
        throw failed(cause);
      });
    }
  } finally {
    bar.stop();
    stream.destroy();
    await file.close();
  }
}

async function* chunksOf(stream: Readable, shown: string): AsyncGenerator<Buffer, undefined> {
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    interruption.throwIfAborted();
    throw new Failure(1, `cannot read ${shown}: ${(cause as Error).message}`, { cause });
  }
}
