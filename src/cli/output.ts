/**
 * What goes to stdout and stderr: exact data for files and pipes, harmless text for terminals; aligned columns, JSON.
 */
import { once } from "node:events";
import { badUsage, Failure, reasonOf } from "./failure.js";

/** C0 and C1 control characters, and those that break lines or change the direction of text. */
const hidden: RegExp = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;

/** One line of text of a file, a server or a user, made harmless: what could steer a terminal becomes \xNN or \uNNNN. */
export function printable(text: string): string {
  return text.replace(hidden, code);
}

/** The codes above U+007E are those of JSON, which escapes no others: JSON stays JSON on a terminal. */
function code(character: string): string {
  const number = character.charCodeAt(0);
  const digits = number.toString(16);
  return number < 32 ? `\\x${digits.padStart(2, "0")}` : `\\u${digits.padStart(4, "0")}`;
}

/** Makes text for a terminal of the data of one stream: harmless as by `printable`, but lines and tabs stay. */
export function terminalText(): (data: string | Uint8Array) => string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return (data) => {
    const text = typeof data === "string" ? data : decoder.decode(data, { stream: true });
    return text
      .replaceAll("\r\n", "\n")
      .replace(hidden, (character) => (/[\n\t]/.test(character) ? character : code(character)));
  };
}

/** Whether --quiet was given. */
let quiet = false;

/** Hides, or shows again, all that is neither a result nor an error. */
export function setQuiet(value: boolean): void {
  quiet = value;
}

/** Whether lines of requests, or a server, stand in the way of a line that moves. */
let busy = false;

/** Hides, or shows again, what is drawn on stderr while a command lasts. */
export function hideProgress(value: boolean): void {
  busy = value;
}

/** Whether somebody looks at what is drawn on stderr: a terminal that can move its cursor, without --quiet. */
export function isWatched(): boolean {
  return process.stderr.isTTY && process.env["TERM"] !== "dumb" && !quiet && !busy;
}

let clearProgress: (() => void) | undefined;

/** Calls `clear` before other text comes to the terminal, once: the line of progress is in the way of the text. */
export function clearBeforeText(clear: (() => void) | undefined): void {
  clearProgress = clear;
}

function makeRoom(): void {
  const clear = clearProgress;
  clearProgress = undefined;
  clear?.();
}

const stdoutText = terminalText();
let broken: NodeJS.ErrnoException | undefined;

/** Has to be called once, before anything is written: from then on a broken pipe is a `Failure` of the next write. */
export function watchOutput(): void {
  process.stdout.on("error", (error) => {
    broken ??= error;
  });
  process.stderr.on("error", () => undefined);
}

/**
 * Writes data to stdout and waits while a pipe is full: to a file or a pipe exactly, to a terminal as harmless text. A
 * pipe closed by its reader (`| head`) ends the program silently.
 */
export function write(data: string | Uint8Array): Promise<void> {
  return writeRaw(process.stdout.isTTY ? stdoutText(data) : data);
}

/** Writes to stdout what this program draws itself, with its colors; never text that comes from elsewhere. */
export function draw(picture: string): Promise<void> {
  return writeRaw(picture);
}

async function writeRaw(data: string | Uint8Array): Promise<void> {
  if (broken) throw stopped(broken);
  if (process.stdout.isTTY) makeRoom();
  if (process.stdout.write(data)) return;
  await once(process.stdout, "drain").catch((error: unknown) => {
    throw stopped(error as NodeJS.ErrnoException);
  });
}

/** Waits until all that was written to stdout is out; throws where it could not be. */
export async function flush(): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  if (broken) throw stopped(broken);
}

function stopped(error: NodeJS.ErrnoException): Failure {
  if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") return new Failure(0, "");
  return new Failure(1, `cannot write to standard output: ${reasonOf(error)}`, { cause: error });
}

/** Throws `Failure` (wrong usage) where data that are no text would go to a terminal: without -o, or with `-o -`. */
export function refuseTerminal(output: string | undefined, what: string): void {
  if ((output === undefined || output === "-") && process.stdout.isTTY)
    throw badUsage(`${what} is no text for a terminal; name a file with -o`);
}

/** What an output is called in a message. */
export function outputName(output: string): string {
  return output === "-" ? "stdout" : output;
}

/** Writes one line to stderr, where everything goes that is not data. */
export function tell(line: string, { red = false }: { red?: boolean } = {}): void {
  if (!quiet) tellError(line, { red });
}

/** Prints an error as one line on stderr. Errors are shown under --quiet, too. */
export function tellError(line: string, { red = false }: { red?: boolean } = {}): void {
  const text = printable(line);
  makeRoom();
  process.stderr.write(red ? `\u001b[31m${text}\u001b[0m\n` : `${text}\n`);
}

/** Something odd that the data were read in spite of. */
export function tellWarning(text: string): void {
  tell(`fitslice: warning: ${text}`);
}

/** What is wrong with one of many files, perhaps with the line of a list that names it. */
export function tellFailure(file: string, message: string, place = ""): void {
  tellError(`fitslice: ${place}${message.includes(file) ? message : `${file}: ${message}`}`);
}

/**
 * Whether colors are wanted there: never against NO_COLOR, in any case by FORCE_COLOR or CLICOLOR_FORCE (but for 0), else on
 * a terminal that has them, unless CLICOLOR is 0.
 */
export function colorful(stream: NodeJS.WriteStream): boolean {
  const {
    NO_COLOR: no,
    FORCE_COLOR: force,
    CLICOLOR_FORCE: also,
    CLICOLOR: wanted,
    TERM: terminal,
  } = process.env;
  if (no || terminal === "dumb" || force === "0") return false;
  if (force || (also && also !== "0")) return true;
  return stream.isTTY && wanted !== "0";
}

/**
 * JSON of plain data, bigints as integers with all their digits. NaN and infinities, which JSON lacks, are the
 * strings "NaN", "Infinity" and "-Infinity".
 */
export function toJson(value: unknown): string {
  if (typeof value === "bigint" || typeof value === "number") return numberJson(value);
  if (Array.isArray(value)) return `[${value.map((item) => toJson(item ?? null)).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const fields = Object.entries(value).filter(([, item]) => item !== undefined);
    return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** One number as JSON; see `toJson`. */
export function numberJson(value: number | bigint): string {
  if (typeof value === "bigint" || Number.isFinite(value))
    return Object.is(value, -0) ? "-0.0" : String(value);
  return `"${value}"`;
}

/** Rows of text in aligned columns; `right` says which are numbers. */
export function alignColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}

/** 1234567 -> `1.23 MB`; units are powers of 1000. */
export function byteText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0
    ? `${value} B`
    : `${value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}

/** `1 row`, `2 rows`. */
export function counted(count: number | bigint, thing: string): string {
  return `${count} ${thing}${Number(count) === 1 ? "" : "s"}`;
}
