/**
 * What goes to the terminal: escaped text, aligned columns, JSON with every number exact.
 */
import { once } from "node:events";

/** Text of a file or server, made harmless to a terminal: control characters become \xNN. */
export function printable(text: string): string {
  return text.replace(hidden, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** C0 and C1 control characters, and those that change the direction of text. */
const hidden: RegExp = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Writes to stdout and waits while a pipe is full. */
export async function write(data: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(data)) await once(process.stdout, "drain");
}

/** Writes a line to stderr, where everything goes that is not data. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * JSON of plain data, bigints as integers with all their digits. NaN and infinities, which JSON lacks, are the
 * strings "NaN", "Infinity" and "-Infinity".
 */
export function toJson(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? numberText(value) : `"${value}"`;
  if (Array.isArray(value)) return `[${value.map((item) => toJson(item ?? null)).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const fields = Object.entries(value).filter(([, item]) => item !== undefined);
    return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

function numberText(value: number): string {
  return Object.is(value, -0) ? "-0.0" : String(value);
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

/** 1234567 -> `1.2 MB`; units are powers of 1000. */
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
    : `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}
