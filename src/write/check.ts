/**
 * What would be stored but read back as something else: refused before a byte is written.
 */
import { checkList, checkText } from "../argument.js";
import { FitsError, printable } from "../errors.js";
import type { TypeCode } from "../table/format.js";

/** Least and greatest stored integer of a type of n bits: unsigned for 8, as FITS has it. */
export function storedRange(bits: number): readonly [least: bigint, greatest: bigint] {
  return bits === 8 ? [0n, 255n] : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
}

const integerBits: Partial<Record<TypeCode, number>> = { B: 8, I: 16, J: 32, K: 64 };

/** Whether TNULLn can stand for a stored value of this type. */
export function isNullOf(code: TypeCode, value: number | bigint | string): boolean {
  const bits = integerBits[code];
  return bits !== undefined && isStored(value, bits);
}

function isStored(value: unknown, bits: number): boolean {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return false;
  const [least, greatest] = storedRange(bits);
  const whole = BigInt(value as number);
  return whole >= least && whole <= greatest;
}

/** A whole number as a card states it: -0 would be written as a float. */
export function wholeCardValue<T extends number | bigint | string>(value: T): T | number {
  return value === 0 ? 0 : value;
}

/** Throws BAD_ARGUMENT for a TNULL or BLANK that no stored integer of `bits` equals. */
export function checkStoredNull(value: unknown, bits: number, what: string): void {
  if (isStored(value, bits)) return;
  const [least, greatest] = storedRange(bits);
  const hint = typeof value === "number" && Number.isInteger(value) && bits === 64 ? "; give a bigint" : "";
  throw new FitsError(
    "BAD_ARGUMENT",
    `${what} is ${shown(value)}, not a whole number from ${least} to ${greatest}${hint}`,
  );
}

/** What is looked at of a column to be written. */
interface Given {
  readonly name: string;
  readonly null?: number | bigint | string;
}

/** Throws BAD_ARGUMENT for a TNULL that its column cannot hold. */
export function checkColumnNull({ null: value }: Given, code: TypeCode, title: string): void {
  if (value === undefined) return;
  const bits = integerBits[code];
  if (bits !== undefined) {
    checkStoredNull(value, bits, `${title}: its null`);
    return;
  }
  const instead = "ECDM".includes(code) ? "NaN" : code === "L" ? "a byte of 0" : "no null";
  throw new FitsError(
    "BAD_ARGUMENT",
    `${title}: a null value is for integers; a column of type ${code} has ${instead}`,
  );
}

/** Throws BAD_ARGUMENT for a scale of 0, which makes all values one, and for what is no finite number. */
export function checkScale(scale: unknown, zero: unknown, keywords: readonly [string, string]): void {
  for (const [value, keyword] of [
    [scale, keywords[0]],
    [zero, keywords[1]],
  ] as const) {
    if (value === undefined || typeof value === "bigint" || Number.isFinite(value)) continue;
    throw new FitsError("BAD_ARGUMENT", `${keyword} is ${shown(value)}, not a finite number`);
  }
  if (scale !== undefined && Number(scale) === 0)
    throw new FitsError("BAD_ARGUMENT", `${keywords[0]} is 0, which makes all values the same`);
}

/** Longest TTYPEn that one card holds. */
const longestName = 68;

/** What readers would trip over in the names of columns, in words: two of one name, and names longer than a card. */
export function nameProblems(columns: readonly Pick<Given, "name">[]): string[] {
  checkList(columns, "the columns", "object");
  for (const { name } of columns) checkText(name, "the name of a column");
  const problems: string[] = [];
  const first = new Map<string, number>();
  for (const [i, { name }] of columns.entries()) {
    if (name === "") continue;
    // Case does not matter to readers (Standard 7.3.2).
    const key = name.trimEnd().toLowerCase();
    const other = first.get(key);
    if (other === undefined) first.set(key, i);
    else
      problems.push(
        `columns ${other + 1} and ${i + 1} are both named '${short(name)}'; readers find only one of them by name`,
      );
    const length = name.replaceAll("'", "''").length;
    if (length > longestName)
      problems.push(
        `column ${i + 1}: its name '${short(name)}' takes ${length} characters, a card holds ${longestName}`,
      );
  }
  return problems;
}

/** Throws BAD_ARGUMENT for names that `nameProblems` tells of. */
export function checkNames(columns: readonly Given[]): void {
  const [problem] = nameProblems(columns);
  if (problem !== undefined) throw new FitsError("BAD_ARGUMENT", `${problem}; rename it`);
}

/** Throws BAD_ARGUMENT for a `rowCount` that is no number of rows, or not that of the rows at hand. */
export function checkRowCount(rowCount: number | undefined, rows?: number): void {
  if (rowCount === undefined) return;
  if (!Number.isSafeInteger(rowCount) || rowCount < 0)
    throw new FitsError("BAD_ARGUMENT", `rowCount is ${shown(rowCount)}, not a number of rows`);
  if (rows !== undefined && rows !== rowCount) throw wrongRows(rows, rowCount);
}

/** The error for batches of another number of rows than was promised. */
export function wrongRows(got: number, wanted: number, more = false): FitsError {
  return new FitsError(
    "BAD_ARGUMENT",
    `the batches hold ${got} rows${more ? " or more" : ""}, rowCount says ${wanted}`,
  );
}

/** A value of any type as a message shows it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(short(value));
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" ? "a function" : String(value);
}

function short(text: string): string {
  return printable(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}
