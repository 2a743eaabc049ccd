/**
 * Parquet files as tables for FITS.
 */

import type { AsyncBuffer, FileMetaData, SchemaElement, SchemaTree } from "hyparquet";
import { checkMembers } from "../argument.js";
import type { DType } from "../array.js";
import { gunzip } from "../codec/gunzip.js";
import { FitsError } from "../errors.js";
import {
  type ForeignField,
  type ForeignTable,
  type ForeignType,
  type ImportedTable,
  shortTimes,
  timeText,
} from "./foreign.js";
import { imported } from "./foreign-values.js";
import { lz4Block } from "./lz4.js";

/** A Parquet file that is read by ranges, end exclusive. */
export interface ParquetFile {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

/**
 * The table of a Parquet file, for `tableHdu`: `tableHdu(await fromParquet(bytes))`. Units, descriptions, display
 * formats, TDIMn and TNULLn that `toParquet` wrote come back, and with them fixed and variable lengths: other files'
 * lists become arrays of variable length. Times become text (ISO 8601), decimals float64, with a warning beyond 15 digits. Other types (structs, maps) are left out, with
 * a warning. Row groups are read one by one, twice. Throws BAD_DATA for what is no Parquet file or damaged, UNSUPPORTED
 * for codecs other than Snappy, gzip, Zstandard and LZ4.
 */
export async function fromParquet(file: Uint8Array | ParquetFile): Promise<ImportedTable> {
  checkMembers(
    file,
    ["byteLength", file instanceof Uint8Array ? "buffer" : "slice"],
    "a Parquet file",
    "a Uint8Array, or { byteLength, slice }",
  );
  return imported(await readParquet(file instanceof Uint8Array ? fileOf(file) : file));
}

function fileOf(bytes: Uint8Array): AsyncBuffer {
  const { byteLength } = bytes;
  return {
    byteLength,
    slice: async (start, end = byteLength) => new Uint8Array(bytes.subarray(start, end)).buffer,
  };
}

async function readParquet(file: AsyncBuffer): Promise<ForeignTable> {
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import("hyparquet");
  const { decompress } = await import("fzstd");
  const metadata = safelyNamed(
    await parquetMetadataAsync(file).catch((cause) => {
      throw told(cause);
    }),
  );
  const notes = notesOf(metadata);
  const fields: ForeignField[] = [];
  /** The names by which rows are had. */
  const columns: string[] = [];
  /** Of each column whether its values are decimals that a float64 keeps. */
  const isShort: boolean[] = [];
  const warnings: string[] = [];
  for (const node of parquetSchema(metadata).children) {
    const { name: key } = node.element;
    const name = key === safeName ? unsafeName : key;
    const found = fieldOf(node);
    const own = Object.hasOwn(notes.columns, name) ? notes.columns[name]! : {};
    if (found) {
      const { digits, isFine, ...field } = found;
      if (isFine) warnings.push(shortTimes(name));
      fields.push({ name, metadata: own, ...field });
      columns.push(key);
      isShort.push(digits !== undefined && digits <= exactDigits);
      if (digits !== undefined && digits > exactDigits)
        warnings.push(
          `column '${name}' holds decimals of ${digits} digits; a FITS table keeps some ${exactDigits} of them`,
        );
    } else warnings.push(`column '${name}' is left out: its type has no counterpart in a FITS table`);
  }
  const compressors = {
    GZIP: (input: Uint8Array, length: number) => gunzip(input, length),
    LZ4_RAW: (input: Uint8Array, length: number) => lz4Block(input, length),
    ZSTD: (input: Uint8Array, length: number) => decompress(input, new Uint8Array(length)),
  };
  return {
    name: notes.name,
    fields,
    rowCount: Number(metadata.num_rows),
    warnings,
    async *batches() {
      let rowStart = 0;
      for (const group of metadata.row_groups) {
        const length = Number(group.num_rows);
        const rowEnd = rowStart + length;
        const options = { file, metadata, columns, rowStart, rowEnd, compressors };
        const rows =
          columns.length === 0 || length === 0
            ? []
            : await parquetReadObjects(options).catch((cause) => {
                throw told(cause);
              });
        yield {
          length,
          cells: columns.map((key, i) =>
            isShort[i] ? (row: number) => rounded(rows[row]![key]) : (row: number) => rows[row]![key],
          ),
        };
        rowStart = rowEnd;
      }
    },
  };
}

/** Rows come as objects, which have no field of the first name: it sets their prototype. */
const unsafeName = "__proto__";
const safeName = "__proto__ (a column)";

function safelyNamed(metadata: FileMetaData): FileMetaData {
  const safe = (name: string): string => (name === unsafeName ? safeName : name);
  return {
    ...metadata,
    schema: metadata.schema.map((element) => ({ ...element, name: safe(element.name) })),
    row_groups: metadata.row_groups.map((group) => ({
      ...group,
      columns: group.columns.map((chunk) =>
        chunk.meta_data
          ? {
              ...chunk,
              meta_data: { ...chunk.meta_data, path_in_schema: chunk.meta_data.path_in_schema.map(safe) },
            }
          : chunk,
      ),
    })),
  };
}

/** Digits of a decimal that a float64 always keeps. */
const exactDigits = 15;

/** Decimals come multiplied by a power of ten that is no double: 3 times 0.1 is 0.30000000000000004. */
function rounded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rounded);
  return typeof value === "number" ? Number(value.toPrecision(exactDigits)) : value;
}

function told(cause: unknown): FitsError {
  const message = (cause as Error).message;
  const code = /unsupported compression codec/i.test(message) ? "UNSUPPORTED" : "BAD_DATA";
  return new FitsError(code, `not readable as a Parquet file: ${message}`, { cause });
}

/** Metadata of the table and of its columns, as `toParquet` writes them beside the types. */
interface Notes {
  readonly name?: string | undefined;
  readonly columns: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The key `fits`, as far as it is what `toParquet` writes. */
function notesOf({ key_value_metadata }: FileMetaData): Notes {
  const value = key_value_metadata?.find(({ key }) => key === "fits")?.value;
  if (value === undefined) return { columns: {} };
  let given: unknown;
  try {
    given = JSON.parse(value);
  } catch {
    return { columns: {} };
  }
  const { name, columns } = Object(given) as { name?: unknown; columns?: unknown };
  const entries = Object.entries(Object(columns) as object).map(
    ([column, notes]) =>
      [
        column,
        Object.fromEntries(
          Object.entries(Object(notes) as object).filter(([, text]) => typeof text === "string"),
        ),
      ] as const,
  );
  return { ...(typeof name === "string" && { name }), columns: Object.fromEntries(entries) };
}

/** Type of a column; `digits` behind the point are there for decimals alone. */
interface FoundField extends Pick<ForeignField, "type" | "lists" | "text"> {
  readonly digits?: number;
  /** Times of microseconds or less. */
  readonly isFine?: boolean;
}

/** Element type and lists of a column; undefined where FITS has nothing like it. */
function fieldOf(column: SchemaTree): FoundField | undefined {
  const lists: undefined[] = [];
  let node = column;
  while (node.children.length > 0) {
    const { element, children } = node;
    if (element.converted_type !== "LIST" && element.logical_type?.type !== "LIST") return undefined;
    const [repeated] = children;
    if (children.length !== 1 || repeated?.element.repetition_type !== "REPEATED") return undefined;
    lists.push(undefined);
    // Lists of three levels, and the old ones of two.
    if (repeated.children.length > 1) return undefined;
    node = repeated.children[0] ?? {
      ...repeated,
      element: { ...repeated.element, repetition_type: "REQUIRED" },
    };
  }
  if (node.element.repetition_type === "REPEATED") lists.push(undefined);
  const { converted_type, logical_type, precision = 0 } = node.element;
  const isDecimal = converted_type === "DECIMAL" || logical_type?.type === "DECIMAL";
  const type = elementOf(node.element);
  if (isDecimal) return { type: "float64", lists, digits: precision };
  if (type === "time")
    return {
      type: "string",
      lists,
      text: (value) => (value instanceof Date ? timeText(value) : String(value)),
      isFine: isFine(node.element),
    };
  return type && { type, lists };
}

function isFine({ type, converted_type, logical_type }: SchemaElement): boolean {
  const isCounted = logical_type?.type === "TIMESTAMP" && logical_type.unit !== "MILLIS";
  return type === "INT96" || converted_type === "TIMESTAMP_MICROS" || isCounted;
}

function elementOf({ type, converted_type, logical_type }: SchemaElement): ForeignType | "time" | undefined {
  const logical = logical_type?.type;
  if (/^(DATE|TIMESTAMP_)/.test(converted_type ?? "") || logical === "DATE" || logical === "TIMESTAMP")
    return "time";
  if (logical === "FLOAT16") return "float32";
  switch (type) {
    case "BOOLEAN":
      return "bool";
    case "FLOAT":
      return "float32";
    case "DOUBLE":
      return "float64";
    case "INT96":
      return "time";
    case "BYTE_ARRAY":
      return logical === undefined || /^(STRING|ENUM|JSON)$/.test(logical) ? "string" : undefined;
    case "INT32":
    case "INT64":
      return integerOf(type === "INT32" ? 32 : 64, converted_type, logical_type);
    default:
      return undefined;
  }
}

function integerOf(
  bits: number,
  converted: SchemaElement["converted_type"],
  logical: SchemaElement["logical_type"],
): DType | undefined {
  if (logical?.type === "INTEGER") return `${logical.isSigned ? "" : "u"}int${logical.bitWidth}` as DType;
  const match = /^(U?)INT_(\d+)$/.exec(converted ?? "");
  if (match) return `${match[1] === "U" ? "u" : ""}int${match[2]}` as DType;
  return converted === undefined ? (`int${bits}` as DType) : undefined;
}
