/**
 * A file on a local disk, read at positions, several reads at a time.
 */
import { constants, fstat, read, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { FitsError } from "../errors.js";
import type { Pin } from "../source/options.js";
import {
  type ByteRange,
  type ByteSource,
  type GetRangeOptions,
  lifetime,
  ownSource,
  type RequestRecord,
} from "../source/source.js";

/** Most bytes that one system call is asked for: an abort is noticed between two of them. */
const largestRead = 64 * 2 ** 20;

/**
 * The file at `path` (a path, or a file: URL). Throws NOT_FOUND where there is none, FORBIDDEN where it may not be
 * read, BAD_SOURCE where it is a folder; a read throws SOURCE_CHANGED once the file's size or modification time
 * has changed, as far as `pin` wants to know.
 */
export async function fileSource(
  path: string | URL,
  { pin = "etag" }: { readonly pin?: Pin | undefined } = {},
): Promise<ByteSource> {
  const name = path instanceof URL || /^file:/i.test(path) ? localPath(path) : path;
  const file = await openFile(name);
  const first = await file.stat().catch(async (cause: unknown) => {
    await file.close();
    throw failure(name, cause);
  });
  if (!first.isFile()) {
    await file.close();
    const what = first.isDirectory() ? "is a folder" : "is not a regular file";
    throw new FitsError("BAD_SOURCE", `${name} ${what}; give the path of a FITS file`);
  }
  const { size, mtimeMs } = first;
  const href = pathToFileURL(name).href;
  const life = lifetime(href);

  function isChanged(now: Stats): boolean {
    return (pin !== "none" && now.size !== size) || (pin === "etag" && now.mtimeMs !== mtimeMs);
  }

  async function getRange(range: ByteRange, options: GetRangeOptions = {}): Promise<Uint8Array> {
    const { offset, length } = range;
    const { signal, into, record } = options;
    life.check(range, signal);
    const wanted = Math.max(0, Math.min(length, size - offset));
    // Memory for another range than this is of no use.
    const given = into?.length === length ? into : allocate(wanted, name);
    const bytes = given.length === wanted ? given : given.subarray(0, wanted);
    const start = performance.now();
    const entry: RequestRecord = {
      ...{ offset, length: 0, requested: length },
      ...{ start, firstByte: start, end: start, url: href, status: 0 },
    };
    try {
      while (entry.length < wanted) {
        const part = Math.min(wanted - entry.length, largestRead);
        const bytesRead = await readAt(
          file,
          bytes.subarray(entry.length, entry.length + part),
          offset + entry.length,
        );
        life.check(range, signal);
        if (bytesRead === 0) throw changed(name);
        if (entry.length === 0) entry.firstByte = performance.now();
        entry.length += bytesRead;
      }
      if (pin !== "none" && isChanged(await look())) throw changed(name);
      life.check(range, signal);
      return bytes;
    } catch (cause) {
      const ended = [signal, life.signal].find((each) => each?.aborted);
      const error = ended ? ended.reason : failure(name, cause);
      entry.failure = ended ? "aborted" : String((error as Error).message);
      throw error;
    } finally {
      entry.end = performance.now();
      record?.(entry);
    }
  }

  /** The state of the file after this call: reads that end at about the same time share a look at it. */
  let looking: Promise<Stats> | undefined;
  let nextLook: Promise<Stats> | undefined;
  function look(): Promise<Stats> {
    if (!looking) {
      looking = statsOf(file).finally(() => {
        looking = undefined;
      });
      return looking;
    }
    nextLook ??= looking
      .catch(() => {})
      .then(() => {
        nextLook = undefined;
        return look();
      });
    return nextLook;
  }

  const source = ownSource({
    href,
    size,
    speed: { latency: 60e-6, throughput: 0.5e9 },
    getRange,
    close() {
      life.close();
      forgotten.unregister(source);
      return file.close();
    },
  });
  forgotten.register(source, file, source);
  return source;
}

/** `file.read`, which makes an object and two promises for each call, at a third of the cost. */
function readAt(file: FileHandle, into: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(file.fd, into, 0, into.length, position, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
}

function statsOf(file: FileHandle): Promise<Stats> {
  return new Promise((resolve, reject) => {
    fstat(file.fd, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
}

/** Closes the files of sources that nobody closed: Node itself only complains about them. */
const forgotten = new FinalizationRegistry<FileHandle>((file) => void file.close().catch(() => undefined));

function localPath(url: string | URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new FitsError("BAD_SOURCE", `${url} is not the URL of a local file; write file:///absolute/path`, {
      cause,
    });
  }
}

async function openFile(name: string): Promise<FileHandle> {
  try {
    // A named pipe that nobody writes to would be waited for before it is seen to be no file.
    return await open(name, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw failure(name, cause);
  }
}

function failure(name: string, cause: unknown): FitsError {
  if (cause instanceof FitsError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new FitsError("NOT_FOUND", `${name}: no such file; check the path`, { cause });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new FitsError("FORBIDDEN", `${name} may not be read by you; check its permissions`, { cause });
  }
  if (code === "EISDIR")
    return new FitsError("BAD_SOURCE", `${name} is a folder; give the path of a FITS file`, { cause });
  return new FitsError("BAD_SOURCE", `${name} cannot be read (${code ?? message})`, { cause });
}

function changed(name: string): FitsError {
  return new FitsError("SOURCE_CHANGED", `${name} changed while it was read; open it again`);
}

function allocate(length: number, name: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new FitsError(
      "TOO_LARGE",
      `cannot hold ${length} bytes of ${name} in memory at once; read a smaller part`,
      { cause },
    );
  }
}
