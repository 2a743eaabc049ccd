/**
 * Files that the user asks for: written beside their place, and moved there when they are complete.
 */
import { writeSync } from "node:fs";
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { cannotWrite, Failure } from "./failure.js";
import { write } from "./output.js";

/** A file on its way. */
export interface OutputFile {
  write(data: string | Uint8Array): Promise<void>;
  /** Writes on before it returns, so that whoever has data coming is kept from getting more. */
  writeNow(data: Uint8Array): void;
  /** Overwrites what is already written, from an offset on; absent where that cannot be done (pipes, devices). */
  writeAt?(offset: number, data: Uint8Array): Promise<void>;
}

/**
 * Lets `work` write the file at `path` (`-` is standard output), which appears there when `work` is done; after a failure
 * nothing is left behind. What is no regular file (a device, a named pipe) is written directly. Throws `Failure`.
 */
export async function writeOutput(path: string, work: (file: OutputFile) => Promise<void>): Promise<void> {
  if (path === "-") return work({ write, writeNow: (data) => void write(data) });
  const target = await realpath(path).catch(() => path);
  const there = await stat(target).catch(() => undefined);
  if (there?.isDirectory()) throw cannotWrite(path, { code: "EISDIR" });
  const direct = there !== undefined && !there.isFile();
  const partial = direct ? target : `${target}.${process.pid}.part`;
  const file = await open(partial, "w").catch((cause: unknown) => {
    throw cannotWrite(path, cause);
  });
  try {
    await work(outputTo(file, path, direct));
    await file.close();
    if (!direct) await rename(partial, target);
  } catch (error) {
    await file.close().catch(() => undefined);
    if (!direct) await rm(partial, { force: true });
    throw error instanceof Error && "syscall" in error ? cannotWrite(path, error) : error;
  }
}

/** Writes a whole file at once, as `writeOutput`. */
export function save(path: string, data: string | Uint8Array): Promise<void> {
  return writeOutput(path, (file) => file.write(data));
}

function outputTo(file: FileHandle, path: string, direct: boolean): OutputFile {
  const put = async (data: Uint8Array, offset: number | null): Promise<void> => {
    try {
      for (let at = 0; at < data.byteLength; ) {
        const place = offset === null ? null : offset + at;
        at += (await file.write(data, at, data.byteLength - at, place)).bytesWritten;
      }
    } catch (cause) {
      throw cannotWrite(path, cause);
    }
  };
  return {
    write: (data) => put(typeof data === "string" ? Buffer.from(data) : data, null),
    writeNow(data) {
      try {
        for (let at = 0; at < data.byteLength; ) at += writeSync(file.fd, data, at);
      } catch (cause) {
        throw cannotWrite(path, cause);
      }
    },
    ...(!direct && { writeAt: (offset: number, data: Uint8Array) => put(data, offset) }),
  };
}

/** Reads a whole file that an option names; `-` is standard input. Throws `Failure`. */
export async function readInput(path: string, option: string): Promise<Buffer> {
  try {
    if (path !== "-") return await readFile(path);
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new Failure(1, `cannot read ${option} ${path}: ${why}`, { cause });
  }
}
