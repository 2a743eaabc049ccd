/**
 * The keywords of columns: widths, formats, what goes with what (Standard 7.2 and 7.3).
 */
import { error, type Subject, warning } from "./finding.js";
import { type HeaderLine, numberIn } from "./lines.js";
import { checkFixed } from "./mandatory.js";

/** A column as its TFORM tells it. */
export interface CheckedColumn {
  /** From 1. */
  readonly n: number;
  readonly code: string;
  /** Elements in the row: of P and Q descriptors. */
  readonly repeat: number;
  /** Bytes from the start of the row, and bytes of the field. */
  readonly offset: number;
  readonly width: number;
  /** Type of the elements of a variable-length column, and most of them. */
  readonly element?: string;
  readonly most?: number;
}

const widths: Readonly<Record<string, number>> = {
  ...{ L: 1, B: 1, I: 2, J: 4, K: 8, A: 1, E: 4, D: 8, C: 8, M: 16, P: 8, Q: 16 },
};
const fix = "correct the value";

/** The columns whose formats are right. */
export function checkColumns(subject: Subject): CheckedColumn[] {
  const { first, hdu } = subject;
  if (!/^(TABLE|BINTABLE|COMPRESSED_IMAGE)$/.test(hdu.type)) return [];
  const isAscii = hdu.type === "TABLE";
  const count = Math.min(999, Math.max(0, numberIn(first.get("TFIELDS")) ?? 0));
  const columns: CheckedColumn[] = [];
  let offset = 0;
  let isWhole = true;
  for (let n = 1; n <= count; n++) {
    const column = isAscii ? asciiColumn(subject, n) : binaryColumn(subject, n, offset);
    checkLabels(subject, n);
    if (!column) {
      isWhole = false;
      continue;
    }
    columns.push(column);
    offset += column.width;
    checkFellows(subject, column, isAscii);
  }
  const width = first.get("NAXIS1");
  const declared = numberIn(width);
  const fits = isAscii || declared === offset;
  if (isWhole && !fits && declared !== undefined)
    error(
      subject,
      width,
      `NAXIS1 is ${declared}, and the columns take ${offset} bytes (TFORMn)`,
      "correct NAXIS1 or the formats",
    );
  checkHeap(subject, isAscii);
  // Of other columns nobody knows where the cells lie.
  return isWhole && fits ? columns : [];
}

function formatOf(subject: Subject, n: number): HeaderLine | undefined {
  const line = subject.first.get(`TFORM${n}`);
  if (!line) error(subject, undefined, `TFORM${n} is missing`, "add the card");
  if (line?.kind === "string" && /^ /.test(line.text))
    error(subject, line, `${line.keyword} begins with a blank`, "remove the blank");
  return line?.kind === "string" ? line : undefined;
}

function binaryColumn(subject: Subject, n: number, offset: number): CheckedColumn | undefined {
  const line = formatOf(subject, n);
  if (!line) return undefined;
  const [, digits, code, rest = ""] = /^ *(\d*)([LXBIJKAEDCMPQ])(.*)$/.exec(line.text) ?? [];
  const repeat = digits === "" ? 1 : Number(digits);
  const isVariable = code === "P" || code === "Q";
  const [, element, most] = /^([LXBIJKAEDCM])(?:\((\d*)\))?/.exec(rest) ?? [];
  const isBad = code === undefined || (isVariable && (element === undefined || repeat > 1));
  if (isBad) {
    error(subject, line, `${line.keyword} '${line.text}' is no format of a binary table`, fix);
    return undefined;
  }
  const width = code === "X" ? Math.ceil(repeat / 8) : repeat * widths[code]!;
  const unit = code === "A" ? Number(/^(\d+)/.exec(rest)?.[1] ?? 0) : 0;
  if (unit > 0 && repeat % unit !== 0)
    warning(
      subject,
      line,
      `${line.keyword} '${line.text}': ${repeat} characters are no multiple of ${unit}`,
      fix,
    );
  const heap = isVariable ? { element: element!, ...(most ? { most: Number(most) } : {}) } : {};
  return { n, code, repeat, offset, width, ...heap };
}

function asciiColumn(subject: Subject, n: number): CheckedColumn | undefined {
  const line = formatOf(subject, n);
  const start = subject.first.get(`TBCOL${n}`);
  if (!start) error(subject, undefined, `TBCOL${n} is missing`, "add the card");
  if (!line) return undefined;
  const [, code, digits] = /^ *([AIFED])(\d+)(\.\d+)?$/.exec(line.text) ?? [];
  if (code === undefined) {
    error(subject, line, `${line.keyword} '${line.text}' is no format of an ASCII table`, fix);
    return undefined;
  }
  const begin = numberIn(start);
  const row = numberIn(subject.first.get("NAXIS1"));
  if (begin === undefined) return undefined;
  checkFixed(subject, start!);
  const width = Number(digits);
  if (begin < 1 || (row !== undefined && begin - 1 + width > row)) {
    error(
      subject,
      start,
      `column ${n} lies outside the rows of ${row} characters`,
      "correct TBCOL, TFORM or NAXIS1",
    );
    return undefined;
  }
  return { n, code, repeat: 1, offset: begin - 1, width };
}

/** The strings of a keyword that should be there once: fitsverify checks each. */
function stringsOf({ first, lines }: Subject, keyword: string): HeaderLine[] {
  if (!first.has(keyword)) return [];
  return lines.filter((line) => line.keyword === keyword && line.kind === "string");
}

function checkLabels(subject: Subject, n: number): void {
  const name = subject.first.get(`TTYPE${n}`);
  if (!name) warning(subject, undefined, `column ${n} has no name`, `add TTYPE${n}`);
  else if (name.kind === "string" && !/^[\w]+$/.test(name.text))
    warning(
      subject,
      name,
      `${name.keyword} '${name.text}' holds other characters than letters, digits and _`,
      "rename the column",
    );
  for (const line of [...stringsOf(subject, `TDISP${n}`), ...stringsOf(subject, `TDIM${n}`)])
    if (/^ /.test(line.text)) error(subject, line, `${line.keyword} begins with a blank`, "remove the blank");
}

/** Keywords beside TFORM that its type does not allow. */
function checkFellows(subject: Subject, column: CheckedColumn, isAscii: boolean): void {
  const { first } = subject;
  const { n, code } = column;
  const type = column.element ?? code;
  for (const line of stringsOf(subject, `TDISP${n}`)) checkDisplay(subject, line, type);
  const no = (root: string, why: string): void => {
    const line = first.get(`${root}${n}`);
    if (line) error(subject, line, `${line.keyword}: ${why}`, "remove the card");
  };
  if (isAscii) {
    no("TDIM", "an ASCII table has no dimensions");
    if (type === "A") for (const root of ["TSCAL", "TZERO"]) no(root, "text is not scaled");
    return;
  }
  no("TBCOL", "it is for ASCII tables");
  if (/[LXA]/.test(type))
    for (const root of ["TSCAL", "TZERO"]) no(root, `values of type ${type} are not scaled`);
  const isInteger = /[BIJK]/.test(type);
  if (!isInteger) no("TNULL", `it is for integers, and the type is ${type}`);
  const blank = first.get(`TNULL${n}`);
  if (isInteger && blank?.kind === "integer" && !inRange(type, numberIn(blank)!))
    warning(subject, blank, `${blank.keyword} is ${blank.text}, which no value can be`, fix);
  for (const line of stringsOf(subject, `TDIM${n}`)) checkDim(subject, line, column);
}

function inRange(type: string, value: number): boolean {
  if (type === "B") return value >= 0 && value <= 255;
  const bits = type === "I" ? 15 : type === "J" ? 31 : 63;
  return value >= -(2 ** bits) && value < 2 ** bits;
}

/** TDIMn may name fewer elements than TFORMn has (7.3.2), other than fitsverify has it. */
function checkDim(subject: Subject, line: HeaderLine, { n, code, repeat, element }: CheckedColumn): void {
  const inside = /^ *\(([\d ,]+)\)$/.exec(line.text)?.[1];
  const axes = inside?.split(",").map(Number);
  if (!axes || axes.some((axis) => !(axis >= 1))) {
    error(subject, line, `${line.keyword} '${line.text}' is no list of dimensions, such as (20,10)`, fix);
    return;
  }
  const product = axes.reduce((all, axis) => all * axis, 1);
  if (element === undefined && product > repeat)
    error(
      subject,
      line,
      `${line.keyword} '${line.text}' asks for ${product} elements, and TFORM${n} has ${repeat} (${code})`,
      fix,
    );
}

/** Which display formats go with which types (7.2.2 and 7.3.3). */
function checkDisplay(subject: Subject, line: HeaderLine, type: string): void {
  if (line.text === "") return;
  const [, code] = /^ *(A|L|I|B|O|Z|F|EN|ES|E|G|D)\d+(?:\.\d+(?:E\d+)?)?$/.exec(line.text) ?? [];
  if (code === undefined) {
    error(subject, line, `${line.keyword} '${line.text}' is no display format`, fix);
    return;
  }
  const allowed =
    type === "A" ? /^A$/ : type === "L" ? /^L$/ : type === "X" ? /^[ABIOZL]$/ : /^(I|B|O|Z|F|EN|ES|E|G|D)$/;
  if (!allowed.test(code))
    error(subject, line, `${line.keyword} '${line.text}' is not for values of type ${type}`, fix);
}

function checkHeap(subject: Subject, isAscii: boolean): void {
  const line = subject.first.get("THEAP");
  if (!line) return;
  if (isAscii) error(subject, line, "an ASCII table has no heap", "remove the card");
  else if (numberIn(subject.first.get("PCOUNT")) === 0)
    error(subject, line, "THEAP is there, and PCOUNT is 0: there is no heap", "remove the card");
}
