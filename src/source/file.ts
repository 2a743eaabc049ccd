/**
 * A file on a local disk, read at positions, several reads at a time.
 */
import { loadFiles } from "#platform";
import { FitsError } from "../errors.js";
import type { FileState, LocalFile, LocalFiles } from "../platform/types.js";
import type { Pin } from "./options.js";
import {
  type ByteRange,
  type ByteSource,
  type GetRangeOptions,
  lifetime,
  ownSource,
  type RequestRecord,
} from "./source.js";

/** Most bytes that one system call is asked for: an abort is noticed between two of them. */
const largestRead = 64 * 2 ** 20;

/**
 * The file at `path` (a path, or a file: URL). Throws NOT_FOUND where there is none, FORBIDDEN where it may not be
 * read, BAD_SOURCE where it is a folder, and in a browser; a read throws SOURCE_CHANGED once the file's size or
 * modification time has changed, as far as `pin` wants to know.
 */
export async function fileSource(
  path: string | URL,
  { pin = "etag" }: { readonly pin?: Pin | undefined } = {},
): Promise<ByteSource> {
  const files = await loadFiles();
  if (!files) {
    throw new FitsError(
      "BAD_SOURCE",
      `cannot open "${path}": a browser has no paths; give a URL, or a File from an <input>`,
    );
  }
  const name = path instanceof URL || /^file:/i.test(path) ? localPath(files, path) : path;
  const file = await files.openFile(name).catch((cause: unknown) => {
    throw failure(name, cause);
  });
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
  const href = files.urlOf(name);
  const life = lifetime(href);

  function isChanged(now: FileState): boolean {
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
        const bytesRead = await file.read(
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
  let looking: Promise<FileState> | undefined;
  let nextLook: Promise<FileState> | undefined;
  function look(): Promise<FileState> {
    if (!looking) {
      looking = file.stat().finally(() => {
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

/** Closes the files of sources that nobody closed: Node itself only complains about them. */
const forgotten = new FinalizationRegistry<LocalFile>((file) => void file.close().catch(() => undefined));

function localPath(files: LocalFiles, url: string | URL): string {
  try {
    return files.pathOf(url);
  } catch (cause) {
    throw new FitsError("BAD_SOURCE", `${url} is not the URL of a local file; write file:///absolute/path`, {
      cause,
    });
  }
}

function failure(name: string, cause: unknown): FitsError {
  if (cause instanceof FitsError) return cause;
  const { code, message } = cause as Error & { readonly code?: string };
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
