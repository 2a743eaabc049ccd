/**
 * What goes to the terminal: escaped text, aligned columns, JSON with every number exact.
 */
import { once } from "node:events";
import { Failure } from "./failure.js";

/** Text of a file or server, made harmless to a terminal: control characters become \xNN or \uNNNN. */
export function printable(text: string): string {
  return text.replace(hidden, (c) => {
    const code = c.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
}

/** C0 and C1 control characters, and those that change the direction of text. */
const hidden: RegExp = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;

let broken: NodeJS.ErrnoException | undefined;

/** Has to be called once, before anything is written: from then on a broken pipe is a `Failure` of the next write. */
export function watchOutput(): void {
  process.stdout.on("error", (error) => {
    broken ??= error;
  });
  process.stderr.on("error", () => undefined);
}

/** Writes to stdout and waits while a pipe is full. A pipe closed by its reader (`| head`) ends the program silently. */
export async function write(data: string | Uint8Array): Promise<void> {
  if (broken) throw stopped(broken);
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
  return new Failure(1, `cannot write to standard output: ${error.message}`, { cause: error });
}

/** Writes a line to stderr, where everything goes that is not data. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Whether colors are wanted there: on a terminal that has them, or by FORCE_COLOR, but never against NO_COLOR. */
export function colorful(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force, TERM: terminal } = process.env;
  if (no || terminal === "dumb" || force === "0") return false;
  return stream.isTTY || Boolean(force);
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
