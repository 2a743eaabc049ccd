/** Cells of tables as people read them: as TDISPn says (FITS Standard 4.0, table 20), else with the digits of their type. */
import type { Cell, Column } from "fitslice";
import { valueText } from "../text.js";

/** Elements of an array that are written; of longer ones their number is. */
const mostElements = 4;
const mostText = 120;

interface Display {
  readonly code: string;
  readonly width: number;
  readonly digits: number | undefined;
}

/** Reads TDISPn; undefined for what is no display format. Repeats and exponents are read past. */
export function parseDisplay(text: string | undefined): Display | undefined {
  const found = /^\s*(EN|ES|[AILBOZFEGD])(\d{1,3})?(?:\.(\d{1,2}))?(?:E\d{1,2})?\s*$/i.exec(text ?? "");
  if (!found) return undefined;
  const [, code = "", width = "0", digits] = found;
  return {
    code: code.toUpperCase(),
    width: Number(width),
    digits: digits === undefined ? undefined : Number(digits),
  };
}

/** Writes cells of a column; made once for a column. Null cells are empty text. */
export function cellWriter(column: Column): (cell: Cell) => string {
  const display = parseDisplay(column.display);
  const digits = column.dtype === "float64" || column.dtype === "complex128" ? 10 : 7;
  const isComplex = column.dtype.startsWith("complex");
  const write = (cell: Cell): string => {
    if (cell === null) return "";
    if (typeof cell === "boolean") return cell ? "T" : "F";
    if (typeof cell === "string") return cell.length > mostText ? `${cell.slice(0, mostText)}\u2026` : cell;
    if (!Array.isArray(cell)) return (display && displayed(cell, display)) ?? valueText(cell, digits);
    if (isComplex && cell.length === 2 && typeof cell[0] === "number")
      return `(${write(cell[0])}, ${write(cell[1]!)})`;
    const shown = cell.slice(0, mostElements).map((element) => write(element) || "null");
    const rest = cell.length > mostElements ? `, \u2026 ${cell.length}` : "";
    return `[${shown.join(", ")}${rest}]`.slice(0, 2 * mostText);
  };
  return write;
}

/** A number as a display format has it; undefined where the format is for other values. */
function displayed(value: number | bigint, { code, digits }: Display): string | undefined {
  const number = Number(value);
  const isWhole = typeof value === "bigint" || Number.isInteger(value);
  if (!Number.isFinite(number)) return String(number);
  switch (code) {
    case "I":
      return isWhole ? padded(String(value), digits) : undefined;
    case "B":
    case "O":
    case "Z":
      return isWhole ? padded(value.toString({ B: 2, O: 8, Z: 16 }[code]).toUpperCase(), digits) : undefined;
    case "F":
      return Math.abs(number) < 1e21 ? number.toFixed(digits ?? 0) : number.toExponential(digits ?? 6);
    case "E":
    case "D":
    case "ES":
      return powerText(number, digits ?? 6);
    case "EN":
      return engineeringText(number, digits ?? 6);
    case "G":
      return valueText(number, Math.max(1, digits ?? 7));
    default:
      return undefined;
  }
}

function padded(text: string, digits = 1): string {
  const isNegative = text.startsWith("-");
  const figures = isNegative ? text.slice(1) : text;
  return `${isNegative ? "-" : ""}${figures.padStart(digits, "0")}`;
}

/** `1.25E-03`: Fortran writes two figures of an exponent at least. */
function powerText(value: number, digits: number): string {
  const [mantissa, exponent] = value.toExponential(digits).split("e") as [string, string];
  return `${mantissa}E${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

/** With an exponent that is a multiple of three. */
function engineeringText(value: number, digits: number): string {
  if (value === 0) return powerText(0, digits);
  const least = (power: number): number => Math.floor(power / 3) * 3;
  let power = least(Math.floor(Math.log10(Math.abs(value))));
  // What is rounded up to 1000 has the next exponent.
  if (Math.abs(Number((value / 10 ** power).toFixed(digits))) >= 1000) power += 3;
  return `${(value / 10 ** power).toFixed(digits)}E${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** Whether a column's cells stand right: numbers, one in a cell. */
export function isNumber({ dtype, shape, descriptor }: Column): boolean {
  return !descriptor && /^(float|u?int)/.test(dtype) && shape.every((axis) => axis === 1);
}

/** About how many characters a cell takes. */
export function cellWidth(column: Column): number {
  const { name, unit = "", dtype, stringBytes } = column;
  const own = parseDisplay(column.display)?.width ?? 0;
  const isScalar = isNumber(column);
  const usual =
    own && isScalar
      ? own
      : dtype === "string"
        ? Math.min(24, stringBytes)
        : dtype === "bool" && column.repeat <= 1
          ? 3
          : isScalar
            ? { float64: 12, int64: 12, float32: 10, int32: 9 }[dtype as string] || 6
            : 26;
  return Math.min(30, Math.max(5, usual, Math.min(18, name.length), Math.min(18, unit.length)));
}
