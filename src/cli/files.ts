/**
 * Files that the user asks for: every command writes them through `writeOutput`.
 */
import { constants, statSync, writeSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { isatty } from "node:tty";
import { alreadyThere, cannotWrite, Failure } from "./failure.js";
import { terminalText, write } from "./output.js";
import type { Place } from "./part.js";
import { interruption } from "./signals.js";

/** A file on its way. */
export interface OutputFile {
  write(data: string | Uint8Array): Promise<void>;
  /** Writes on before it returns, so that whoever has data coming is kept from getting more. */
  writeNow(data: Uint8Array): void;
  /** Overwrites what is already written, from an offset on; absent where that cannot be done (pipes, devices). */
  writeAt?(offset: number, data: Uint8Array): Promise<void>;
}

export interface OutputOptions {
  /** Whether a file that is there may be replaced. Default false. */
  readonly force?: boolean | undefined;
}

/**
 * Lets `work` write the file at `path` (`-` is standard output), which appears there when `work` is done; after a failure
 * nothing is left behind. A file that is there is replaced only with `force`; it keeps its mode, and a link stays, as the
 * file behind it is replaced. What is no regular file (a device, a named pipe) is written directly. Throws `Failure`.
 */
export async function writeOutput(
  path: string,
  work: (file: OutputFile) => Promise<void>,
  { force = false }: OutputOptions,
): Promise<void> {
  if (path === "-") return work({ write, writeNow: writeSoon });
  // Loaded with the first file: node:crypto, which names a part, costs 3 ms.
  const { createPart, placeOf } = await import("./part.js");
  const place = await placeOf(path);
  if (place.there && !place.there.isFile()) return writeDevice(place, work);
  if (place.there && !force) throw alreadyThere(path);
  const part = await createPart(place);
  try {
    await work(outputTo(part.file, path, true));
    await part.commit({ force });
  } catch (error) {
    await part.discard();
    throw error instanceof Error && "syscall" in error ? cannotWrite(path, error) : error;
  }
}

/** Whether the path names a folder: one that is there, or by its last character. */
export function isFolder(path: string): boolean {
  if (/[/\\]$/.test(path)) return true;
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Writes a whole file at once, as `writeOutput`. */
export function save(path: string, data: string | Uint8Array, options: OutputOptions): Promise<void> {
  return writeOutput(path, (file) => file.write(data), options);
}

/** A failure of stdout is told by the next write, or at the end of the program. */
function writeSoon(data: Uint8Array): void {
  write(data).catch(() => undefined);
}

async function writeDevice(place: Place, work: (file: OutputFile) => Promise<void>): Promise<void> {
  const { path, target } = place;
  const file = await open(target, constants.O_WRONLY).catch((cause: unknown) => {
    throw cannotWrite(path, cause);
  });
  try {
    await work(outputTo(file, path, false));
  } finally {
    await file.close();
  }
}

function outputTo(file: FileHandle, path: string, regular: boolean): OutputFile {
  const shown = isatty(file.fd) ? terminalText() : undefined;
  const bytesOf = (data: string | Uint8Array): Uint8Array => {
    const exact = shown ? shown(data) : data;
    return typeof exact === "string" ? Buffer.from(exact) : exact;
  };
  const put = async (data: Uint8Array, offset: number | null): Promise<void> => {
    try {
      await writeAll(file, data, offset);
    } catch (cause) {
      throw cannotWrite(path, cause);
    }
  };
  return {
    write: (data) => put(bytesOf(data), null),
    writeNow(data) {
      const bytes = bytesOf(data);
      try {
        for (let at = 0; at < bytes.byteLength; ) at += writeSync(file.fd, bytes, at);
      } catch (cause) {
        throw cannotWrite(path, cause);
      }
    },
    ...(regular && { writeAt: (offset: number, data: Uint8Array) => put(data, offset) }),
  };
}

/** Writes all of `data`, from `offset` on or where the last write ended. */
export async function writeAll(file: FileHandle, data: Uint8Array, offset: number | null): Promise<void> {
  for (let at = 0; at < data.byteLength; ) {
    const place = offset === null ? null : offset + at;
    at += (await file.write(data, at, data.byteLength - at, place)).bytesWritten;
  }
}

/** Reads a whole file that an option names; `-` is standard input. Throws `Failure`. */
export async function readInput(path: string, option: string): Promise<Buffer> {
  try {
    if (path !== "-") return await readFile(path, { signal: interruption });
    const chunks: Buffer[] = [];
    interruption.addEventListener("abort", () => process.stdin.destroy(interruption.reason), { once: true });
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch (cause) {
    interruption.throwIfAborted();
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new Failure(1, `cannot read ${option} ${path}: ${why}`, { cause });
  }
}
