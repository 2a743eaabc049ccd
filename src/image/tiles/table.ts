/**
 * What the header of a tile-compressed image says of its tiles: their shape, their rows in the table, how each is
 * compressed (FITS Standard 4.0, sections 10.1 to 10.4).
 */
import { FitsError, hduLabel } from "../../errors.js";
import { dataNumber, type Header } from "../../header/header.js";
import { columnCount } from "../../table/column.js";
import { fieldBytes, parseFormat, type TypeCode } from "../../table/format.js";
import type { ImageLayout } from "../pixels.js";
import { dtypeOfBitpix } from "../scale.js";
import { type CellColumn, cellColumns, type TileCoding } from "./tasks.js";

/** Where the descriptor of a variable-length column lies in a row, and what it counts. */
export interface DescriptorField {
  readonly offset: number;
  /** Q: two 64-bit integers; P: two 32-bit ones. */
  readonly wide: boolean;
  readonly elementBytes: number;
}

/** A number per tile: a field of the row, or the same for all. */
export type TileNumber =
  | { readonly offset: number; readonly code: "E" | "D" | "B" | "I" | "J" | "K" }
  | { readonly value: number };

/** The table of tiles. Shapes are slowest axis first. */
export interface TileTable {
  /** `"HDU 1 (SCI)"`. */
  readonly label: string;
  readonly coding: TileCoding;
  readonly shape: readonly number[];
  /** Of a whole tile, never larger than the image. */
  readonly tileShape: readonly number[];
  /** Tiles along each axis, and in all: tile t is row t, the fastest axis running first. */
  readonly tileCounts: readonly number[];
  readonly tileCount: number;
  readonly rowBytes: number;
  /** Of the first row, and of the heap, in the file. */
  readonly dataOffset: number;
  readonly heapOffset: number;
  readonly heapSize: number;
  readonly cells: Readonly<Partial<Record<CellColumn, DescriptorField>>>;
  readonly scale?: TileNumber;
  readonly zero?: TileNumber;
  /** Integer that stands for undefined pixels of a quantized tile. */
  readonly blank?: TileNumber;
  /** NULL_PIXEL_MASK, and ZMASKCMP that it is compressed with. Where pixels are integers, `blank` stands for masked ones. */
  readonly mask?: {
    readonly field: DescriptorField;
    readonly algorithm: string;
    readonly blank: number | bigint | undefined;
  };
}

/** Reads the header. Throws BAD_HEADER for one that contradicts itself, WRONG_TYPE for values of another type. */
export function tileTable(layout: ImageLayout): TileTable {
  const label = hduLabel(layout);
  try {
    return readTable(layout, label);
  } catch (cause) {
    // Errors of the header name the keyword, not the HDU.
    if (!(cause instanceof FitsError && cause.code === "WRONG_TYPE")) throw cause;
    throw new FitsError(cause.code, `${label}: ${cause.message}`, { cause });
  }
}

function readTable(layout: ImageLayout, label: string): TileTable {
  const { header, shape } = layout;
  const fail: Fail = (message) => {
    throw new FitsError("BAD_HEADER", `${label}: ${message}`);
  };
  const dtype = dtypeOfBitpix(layout.bitpix);
  const tileShape = shape.map((length, axis) => tileLength(header, shape.length - axis, length, fail));
  const tileCounts = shape.map((length, axis) => Math.ceil(length / tileShape[axis]!));
  const tileCount = shape.length === 0 ? 0 : tileCounts.reduce((n, count) => n * count, 1);
  const rowBytes = header.integer("NAXIS1") ?? 0;
  const rows = header.integer("NAXIS2") ?? 0;
  if (tileCount > rows)
    fail(`${tileCount} tiles of shape (${tileShape.join(", ")}) need as many rows, the table has ${rows}`);
  const columns = columnsOf(header, rowBytes, fail);
  const heap = heapOf(layout, rowBytes * rows, fail);
  const float = dtype === "float32" || dtype === "float64";
  const scale = float ? numberOf(header, columns, "ZSCALE", fail) : undefined;
  const quantizer = wordIn(header, "ZQUANTIZ", fail) ?? "NO_DITHER";
  const quantized = float && scale !== undefined && quantizer !== "NONE";
  // Of other images these keywords change no stored value: those stay readable whatever the keywords hold.
  const zero = quantized ? numberOf(header, columns, "ZZERO", fail) : undefined;
  const blank = quantized
    ? (numberOf(header, columns, "ZBLANK", fail) ?? keywordNumber(header, "BLANK", fail))
    : undefined;
  const algorithm = wordIn(header, "ZCMPTYPE", fail) ?? fail("ZCMPTYPE is missing");
  const maskField = columns.get("NULL_PIXEL_MASK");
  return {
    label,
    shape,
    tileShape,
    tileCounts,
    tileCount,
    rowBytes,
    dataOffset: layout.dataOffset,
    ...heap,
    coding: {
      algorithm,
      dtype,
      ...parametersOf(header, fail),
      offset:
        algorithm === "PLIO_1" &&
        dtype === "int16" &&
        Number(dataNumber(header, "BZERO").value) === plioOffset
          ? plioOffset
          : 0,
      quantized,
      dither: quantizer === "SUBTRACTIVE_DITHER_1" ? 1 : quantizer === "SUBTRACTIVE_DITHER_2" ? 2 : 0,
      seed: numberIn(header, "ZDITHER0", fail) ?? 1,
    },
    cells: cellsOf(columns, fail),
    ...(scale && { scale }),
    ...(zero && { zero }),
    ...(blank && { blank }),
    ...(maskField && {
      mask: {
        field: descriptorField(maskField, "NULL_PIXEL_MASK", fail),
        algorithm: wordIn(header, "ZMASKCMP", fail) ?? "PLIO_1",
        // A BLANK that is no number does not keep stored values from being read.
        blank: dataNumber(header, "ZBLANK").value ?? dataNumber(header, "BLANK").value,
      },
    }),
  };
}

/** BZERO of unsigned 16-bit images. */
export const plioOffset = 32768;

type Fail = (message: string) => never;

/** ZTILEn; without it tiles are rows (10.1). A tile longer than its axis is cut. */
function tileLength(header: Header, n: number, length: number, fail: Fail): number {
  const given = numberIn(header, `ZTILE${n}`, fail) ?? (n === 1 ? length : 1);
  if (!Number.isInteger(given)) fail(`ZTILE${n} = ${given} is no integer`);
  if (given < 1 && length > 0) fail(`ZTILE${n} = ${given} is less than 1`);
  return Math.max(1, Math.min(given, length));
}

interface ColumnField {
  readonly offset: number;
  readonly code: TypeCode;
  readonly repeat: number;
  readonly descriptor?: "P" | "Q";
}

/** The columns by name. One that cannot be read hides those behind it, whose place it does not tell. */
function columnsOf(header: Header, rowBytes: number, fail: Fail): Map<string, ColumnField> {
  const columns = new Map<string, ColumnField>();
  const count = columnCount(header, []);
  let offset = 0;
  for (let n = 1; n <= count; n++) {
    const format = parseFormat(String(header.get(`TFORM${n}`) ?? "").trim());
    if (!format) break;
    const { code, repeat, descriptor } = format;
    const name = String(header.get(`TTYPE${n}`) ?? "")
      .trim()
      .toUpperCase();
    if (!columns.has(name)) columns.set(name, { offset, code, repeat, ...(descriptor && { descriptor }) });
    offset += format.width;
  }
  if (offset > rowBytes) fail(`its columns take ${offset} bytes, its rows have ${rowBytes} (NAXIS1)`);
  return columns;
}

function cellsOf(columns: ReadonlyMap<string, ColumnField>, fail: Fail): TileTable["cells"] {
  const cells: Partial<Record<CellColumn, DescriptorField>> = {};
  for (const name of cellColumns) {
    const column = columns.get(name);
    if (column && column.repeat > 0) cells[name] = descriptorField(column, name, fail);
  }
  if (Object.keys(cells).length === 0) fail(`it has none of the columns ${cellColumns.join(", ")}`);
  return cells;
}

function descriptorField(column: ColumnField, name: string, fail: Fail): DescriptorField {
  if (!column.descriptor) return fail(`column ${name} is not of variable length (TFORM P or Q)`);
  return { offset: column.offset, wide: column.descriptor === "Q", elementBytes: fieldBytes(column.code, 1) };
}

/** THEAP and PCOUNT (7.3.5): the heap begins behind the rows, after a gap if there is one. */
function heapOf(
  layout: ImageLayout,
  tableBytes: number,
  fail: Fail,
): { readonly heapOffset: number; readonly heapSize: number } {
  const theap = numberIn(layout.header, "THEAP", fail) ?? tableBytes;
  if (theap < tableBytes || theap > layout.dataSize) {
    fail(
      `THEAP = ${theap} is not between the end of its rows, ${tableBytes}, and of its data, ${layout.dataSize}`,
    );
  }
  return { heapOffset: layout.dataOffset + theap, heapSize: layout.dataSize - theap };
}

function numberOf(
  header: Header,
  columns: ReadonlyMap<string, ColumnField>,
  name: string,
  fail: Fail,
): TileNumber | undefined {
  const column = columns.get(name);
  if (!column || column.repeat === 0) return keywordNumber(header, name, fail);
  const { offset, code, descriptor } = column;
  if (descriptor || !isNumeric(code)) return fail(`column ${name} holds no numbers`);
  return { offset, code };
}

function keywordNumber(header: Header, name: string, fail: Fail): TileNumber | undefined {
  const value = numberIn(header, name, fail);
  return value === undefined ? undefined : { value };
}

/** A keyword on which the pixels depend: what is no number must not count as absent. */
function numberIn(header: Header, keyword: string, fail: Fail): number | undefined {
  const { value, problem } = dataNumber(header, keyword);
  if (problem !== undefined) fail(problem);
  return value === undefined ? undefined : Number(value);
}

/** A word on which the pixels depend, in upper case. */
function wordIn(header: Header, keyword: string, fail: Fail): string | undefined {
  const card = header.card(keyword);
  if (!card || card.value === null) return undefined;
  if (typeof card.value === "string") return card.value.trim().toUpperCase();
  return fail(`${keyword} is no string`);
}

function isNumeric(code: TypeCode): code is "E" | "D" | "B" | "I" | "J" | "K" {
  return "EDBIJK".includes(code);
}

/** ZNAMEn and ZVALn. Defaults are the Standard's. */
function parametersOf(header: Header, fail: Fail): Pick<TileCoding, "bytePix" | "blockSize" | "smooth"> {
  const values = new Map<string, number>();
  for (let n = 1; n <= 999; n++) {
    const name = header.get(`ZNAME${n}`);
    if (typeof name !== "string") break;
    const parameter = name.trim().toUpperCase();
    if (!/^(BYTEPIX|BLOCKSIZE|SMOOTH)$/.test(parameter)) continue;
    const value = numberIn(header, `ZVAL${n}`, fail);
    if (value !== undefined) values.set(parameter, value);
  }
  return {
    bytePix: values.get("BYTEPIX") ?? 4,
    blockSize: values.get("BLOCKSIZE") ?? 32,
    smooth: (values.get("SMOOTH") ?? 0) !== 0,
  };
}
