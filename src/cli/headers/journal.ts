/**
 * The journal of a table of headers: a line for each file, appended as it is read, from which the table is made at last.
 * What a killed run leaves can be gone on with.
 */
import { createHash } from "node:crypto";
import { closeSync, existsSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { badUsage, cannotWrite, Failure } from "../failure.js";
import { type FileRows, keyOf } from "./rows.js";

export interface Journal {
  readonly isEmpty: boolean;
  /** Where the line of a file is; undefined where there is none. */
  find(file: string): number | undefined;
  /** Appends the line of a file; answers with where it is. */
  append(rows: FileRows): number;
  /** The line at a place. */
  at(offset: number): FileRows;
  close(): void;
}

export interface JournalOptions {
  /** All that decides what is in the rows, beside the files. */
  readonly note: string;
  /** Whether files that failed are to be read again. */
  readonly retryFailed: boolean;
}

/** No file fills more of a journal: a header that long is refused by the reader. */
const longestLine = 2 ** 30;
const pieceBytes = 1 << 20;
/** Lines are asked for in the order of the files, and lie in the order in which these were read. */
const behindBytes = 1 << 17;

/** Opens a new journal, or with `resume` one to go on with. Throws `Failure` where it is none, or one of other options. */
export function openJournal(path: string, resume: boolean, options: JournalOptions): Journal {
  const head = `${JSON.stringify({ fitslice: "headers", options: options.note })}\n`;
  if (!resume) rmSync(path, { force: true });
  const isNew = !existsSync(path);
  let file: number;
  try {
    file = openSync(path, isNew ? "wx+" : "r+", 0o600);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  const lines = reader(file, path);
  const places = new Map<number, number>();
  let end = 0;
  if (!isNew) {
    for (const { text, offset, next } of lines.all()) {
      if (offset === 0) checkHead(text, head, path);
      else {
        const rows = parsed(text, path);
        if (!(options.retryFailed && rows.error !== undefined))
          places.set(shortKey(rows.key ?? rows.file), offset);
      }
      end = next;
    }
    // A line that a kill has torn is none.
    ftruncateSync(file, end);
  }
  function write(text: string): number {
    const offset = end;
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, end + at);
    } catch (cause) {
      throw cannotWrite(path, cause);
    }
    end += bytes.length;
    return offset;
  }
  if (end === 0) write(head);
  return {
    get isEmpty() {
      return end === head.length;
    },
    find(name) {
      const key = keyOf(name);
      const offset = places.get(shortKey(key));
      if (offset === undefined) return undefined;
      // Two keys may have one short key.
      const rows = parsed(lines.at(offset), path);
      return (rows.key ?? rows.file) === key ? offset : undefined;
    },
    append: (rows) => write(`${JSON.stringify(rows)}\n`),
    at: (offset) => parsed(lines.at(offset), path),
    close: () => closeSync(file),
  };
}

/** The lines at these places, one by one. */
export function* linesAt(journal: Journal, order: readonly number[]): Generator<FileRows, undefined> {
  for (const offset of order) yield journal.at(offset);
}

/** A hundred thousand of them take little memory. */
function shortKey(key: string): number {
  return createHash("sha256").update(key).digest().readUIntBE(0, 6);
}

function checkHead(text: string, head: string, path: string): void {
  if (`${text}\n` === head) return;
  if (!text.startsWith('{"fitslice":"headers"'))
    throw new Failure(1, `${path} is no journal of fitslice headers`);
  throw badUsage(
    `${path} was begun with other options; give the same ones to --resume, or --force to begin anew`,
  );
}

function parsed(text: string, path: string): FileRows {
  try {
    const rows = JSON.parse(text) as FileRows;
    if (typeof rows.file === "string" && Array.isArray(rows.hdus)) return rows;
  } catch {
    // is told below
  }
  throw new Failure(1, `${path} is damaged; add --force without --resume to begin anew`);
}

interface Line {
  readonly text: string;
  readonly offset: number;
  readonly next: number;
}

/** Reads lines of a file: all whole ones in a row, or one by its place. */
function reader(
  file: number,
  path: string,
): { all(): Generator<Line, undefined>; at(offset: number): string } {
  let piece = Buffer.alloc(0);
  let start = 0;

  function held(offset: number): string | undefined {
    const from = offset - start;
    const end = from < 0 ? -1 : piece.indexOf(10, from);
    return end < 0 ? undefined : piece.toString("utf8", from, end);
  }
  /** The whole line at an offset; undefined where it has no end. */
  function lineAt(offset: number): string | undefined {
    const line = held(offset);
    if (line !== undefined) return line;
    start = Math.max(0, offset - behindBytes);
    for (let length = pieceBytes; length <= longestLine; length *= 2) {
      const next = Buffer.alloc(length);
      piece = next.subarray(0, readSync(file, next, 0, length, start));
      const found = held(offset);
      if (found !== undefined || piece.length < length) return found;
    }
    throw new Failure(1, `${path} is damaged; add --force without --resume to begin anew`);
  }
  return {
    *all() {
      for (let offset = 0; ; ) {
        const text = lineAt(offset);
        if (text === undefined) return undefined;
        const next = offset + Buffer.byteLength(text) + 1;
        yield { text, offset, next };
        offset = next;
      }
    },
    at(offset) {
      const text = lineAt(offset);
      if (text === undefined) throw new Failure(1, `${path} was cut off`);
      return text;
    },
  };
}
