/**
 * A header on its own, without a file around it: cards of 80 bytes in a row, or lines of text, as `fitslice header`
 * prints them.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";
import { FitsError, type Header, type OpenOptions, parseHeader, resolveSource } from "fitslice";
import { readInput } from "./files.js";

/** Longer than any header that people keep in a file of its own. */
const mostBytes = 4 * 1024 * 1024;
const cardLength = 80;

/**
 * The header in a local file (or with `-` on standard input) that is plainly a bare header: lines of text that are
 * cards. Undefined for everything else.
 */
export async function textHeader(path: string): Promise<Header | undefined> {
  if (path === "-") {
    const bytes = await readInput("-", "the header on");
    const header = bareHeader(bytes);
    if (header) return header;
    throw new FitsError("NOT_FITS", "standard input holds no header: cards of 80 bytes, or lines of text");
  }
  const start = startOf(path);
  if (!start || !isCard(start.text.trimStart())) return undefined;
  const isLines = /[\r\n]/.test(start.text);
  if (!isLines && start.size > mostBytes) return undefined;
  const bytes = await readInput(path, "the header");
  return isLines || isHeaderAlone(bytes) ? bareHeader(bytes) : undefined;
}

/** The header that a source holds which is no FITS file; undefined where it holds none. Throws UNSUPPORTED for bzip2. */
export async function headerOfSource(address: string, options: OpenOptions): Promise<Header | undefined> {
  const source = await resolveSource(address, options);
  try {
    const bytes = await source.getRange({ offset: 0, length: mostBytes });
    if (Buffer.from(bytes.subarray(0, 3)).toString("latin1") === "BZh")
      throw new FitsError("UNSUPPORTED", "a header on its own may be text or gzip, not bzip2; decompress it");
    return bareHeader(bytes);
  } finally {
    await source.close?.();
  }
}

/** Whether a file ends where the header does that it begins with. */
function isHeaderAlone(bytes: Uint8Array): boolean {
  try {
    return parseHeader(bytes).byteLength >= bytes.length;
  } catch {
    return false;
  }
}

/** How a local file begins, and its size; undefined where there is none. */
function startOf(path: string): { readonly text: string; readonly size: number } | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    // More than one line, also where lines are indented.
    const bytes = Buffer.alloc(2 * cardLength);
    const text = bytes.subarray(0, readSync(file, bytes)).toString("latin1");
    return { text, size: fstatSync(file).size };
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The header that these bytes are, perhaps compressed by gzip; undefined where they are none. What follows END does not count. */
export function bareHeader(bytes: Uint8Array): Header | undefined {
  const text = Buffer.from(inflated(bytes).subarray(0, mostBytes)).toString("latin1");
  const cards: string[] = [];
  for (const line of unindented(text.split(/\r\n|\n|\r/))) {
    for (let at = 0; at < line.length; at += cardLength) {
      const card = line.slice(at, at + cardLength).replaceAll("\0", " ");
      if (/^END *$/.test(card)) return headerOf(cards);
      if (card.trim() !== "") cards.push(card.padEnd(cardLength));
    }
  }
  return headerOf(cards);
}

/** The lines without the blanks that all of them begin with. */
function unindented(lines: readonly string[]): string[] {
  const written = lines.filter((line) => line.trim() !== "");
  const indent = Math.min(...written.map((line) => line.length - line.trimStart().length));
  return Number.isFinite(indent) ? lines.map((line) => line.slice(indent)) : [...lines];
}

/** What gzip made of a short text; other bytes as they are. Damage leaves nothing that could be a header. */
function inflated(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes, finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return bytes;
  }
}

function headerOf(cards: readonly string[]): Header | undefined {
  const values = cards.filter((card) => isCard(card)).length;
  // Other text has few lines that begin as cards do.
  if (values === 0 || values < cards.length / 2) return undefined;
  return parseHeader(Buffer.from([...cards, "END".padEnd(cardLength)].join(""), "latin1"));
}

function isCard(line: string): boolean {
  return /^([A-Z0-9_-]{1,8} *= |(COMMENT|HISTORY|CONTINUE|HIERARCH)( |$)| {8})/i.test(line);
}
