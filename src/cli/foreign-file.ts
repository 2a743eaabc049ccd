/**
 * Arrow and Parquet files as sources of `table`: made a FITS file in a temporary place, and read there.
 */
import { randomBytes } from "node:crypto";
import { open as openFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ByteSource, FitsError, type OpenOptions, resolveSource } from "fitslice";
import type { ImportedTable } from "fitslice/export";
import type { WritableHdu } from "fitslice/write";
import { cannotWrite } from "./failure.js";
import type { ForeignFormat } from "./foreign.js";
import { interruption, removeAtExit } from "./signals.js";
import { fileSpool } from "./spool.js";

/** A table as a FITS file on this machine. */
export interface MadeFits {
  readonly path: string;
  /** Removes the file. */
  remove(): Promise<void>;
}

/** A table of another format, and what it has lost on the way, in words. */
export interface ImportedFits extends MadeFits {
  readonly warnings: readonly string[];
}

/** Reads a file of another format and writes its table as a FITS file. Throws what reading throws, with its name. */
export async function madeFits(
  source: string,
  format: ForeignFormat,
  options: OpenOptions,
): Promise<ImportedFits> {
  const resolved = await resolveSource(source, { ...options, signal: interruption });
  try {
    const { warnings, ...table } = await importedTable(resolved, format);
    const { tableHdu } = await import("fitslice/write");
    return { ...(await fitsOf([tableHdu(table)])), warnings };
  } catch (error) {
    if (!(error instanceof FitsError) || !/^(BAD_DATA|UNSUPPORTED|BAD_ARGUMENT|NOT_FITS)$/.test(error.code))
      throw error;
    const shown = /^[a-z][a-z0-9+.-]+:/i.test(source) ? resolved.href : source;
    throw new FitsError(error.code, `${shown}: ${error.message}`, { cause: error });
  } finally {
    await resolved.close?.();
  }
}

/** Bytes of the magic word that both formats begin with. */
const magic = { arrow: "ARROW1", parquet: "PAR1" } as const;

async function importedTable(source: ByteSource, format: ForeignFormat): Promise<ImportedTable> {
  const { fromArrow, fromParquet } = await import("fitslice/export");
  const signal = interruption;
  const head = new TextDecoder("latin1").decode(await source.getRange({ offset: 0, length: 8 }, { signal }));
  const { size } = source;
  // A stream of Arrow messages begins with a marker of four bytes.
  const isRight =
    head.startsWith(magic[format]) || (format === "arrow" && head.startsWith("\xff\xff\xff\xff"));
  if (!isRight || size === undefined)
    throw new FitsError("BAD_DATA", isRight ? "its size is not known" : `it is no ${format} file`);
  const slice = async (start: number, end = size): Promise<ArrayBuffer> =>
    new Uint8Array(await source.getRange({ offset: start, length: end - start }, { signal })).buffer;
  if (format === "parquet") return fromParquet({ byteLength: size, slice });
  return fromArrow(new Uint8Array(await slice(0)));
}

/** Writes a FITS file into a temporary place. */
export async function fitsOf(hdus: readonly WritableHdu[]): Promise<MadeFits> {
  const { writeFits } = await import("fitslice/write");
  const path = join(tmpdir(), `fitslice-${randomBytes(8).toString("hex")}.fits`);
  const forget = removeAtExit(path);
  const remove = async (): Promise<void> => {
    await rm(path, { force: true });
    forget();
  };
  try {
    const file = await openFile(path, "wx", 0o600).catch((cause) => {
      throw cannotWrite(`the temporary file ${path}`, cause);
    });
    try {
      const sink = {
        write: async (chunk: Uint8Array) => {
          await file.appendFile(chunk);
        },
        writeAt: async (offset: number, bytes: Uint8Array) => {
          await file.write(bytes, 0, bytes.length, offset);
        },
      };
      await writeFits(sink, hdus, { spool: fileSpool, signal: interruption });
    } finally {
      await file.close();
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}
