/**
 * Lists that the user names: of targets, of footprints, of files; from a disk, a server, or standard input.
 */
import { FitsError, type HduSelector, type OpenOptions, resolveSource } from "fitslice";
import { type List, parseList } from "fitslice/stamps";
import { parseAddress } from "../address.js";
import { readInput } from "../files.js";
import { countBar, readyToDraw } from "../progress.js";

const pieceBytes = 8 << 20;
/** More than a list of a hundred million targets has. */
const mostBytes = 2 ** 32;

/** Reads a list. Says which file is wrong, where one is. */
export async function readList(
  text: string,
  option: string,
  open: OpenOptions,
  wanted: (columns: readonly string[]) => readonly string[],
): Promise<List> {
  const { source, hdu } = text === "-" ? { source: text } : listAddress(text);
  const rows = countBar(undefined, 0, `rows of ${option}`);
  try {
    const bytes = await bytesOf(source, option, open);
    await readyToDraw();
    return await parseList(bytes, { wanted, onRows: rows.reach, ...(hdu !== undefined && { hdu }) });
  } catch (error) {
    if (!(error instanceof FitsError)) throw error;
    throw new FitsError(error.code, `${option} ${source}: ${error.message}`, { cause: error });
  } finally {
    rows.stop();
  }
}

function listAddress(text: string): { source: string; hdu?: HduSelector } {
  const { source, hdu } = parseAddress(text);
  return { source, ...(hdu !== undefined && { hdu }) };
}

/** A whole file, from wherever it is. */
async function bytesOf(source: string, option: string, open: OpenOptions): Promise<Uint8Array<ArrayBuffer>> {
  if (source === "-" || !/^[a-z][a-z0-9+.-]+:/i.test(source)) {
    const read = await readInput(source, option);
    return new Uint8Array(read.buffer as ArrayBuffer, read.byteOffset, read.byteLength);
  }
  const from = await resolveSource(source, open);
  try {
    const pieces: Uint8Array[] = [];
    for (let at = 0; ; at += pieceBytes) {
      if (at >= mostBytes) throw new FitsError("TOO_LARGE", "a list of more than 4 GiB");
      if (from.size !== undefined && at >= from.size) break;
      const piece = await from.getRange({ offset: at, length: pieceBytes });
      pieces.push(piece);
      if (piece.length < pieceBytes) break;
    }
    return new Uint8Array(Buffer.concat(pieces));
  } finally {
    await from.close?.();
  }
}
