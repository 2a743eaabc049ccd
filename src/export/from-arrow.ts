/**
 * Arrow files (Feather 2) and streams as tables for FITS.
 */

import type { DataType } from "apache-arrow";
import { checkBytes } from "../argument.js";
import type { DType } from "../array.js";
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
import { lz4Frame } from "./lz4.js";

type Arrow = typeof import("apache-arrow");

/**
 * The table of an Arrow file or stream, for `tableHdu`: `tableHdu(await fromArrow(bytes))`. Units, descriptions,
 * display formats, TDIMn and TNULLn that `toArrowFile` wrote come back. Lists become arrays of variable length,
 * fixed-size lists vectors, dictionaries their values, times text (ISO 8601). Other types (structs, maps, decimals) are
 * left out, with a warning. Throws BAD_DATA for bytes that are no Arrow file.
 */
export async function fromArrow(bytes: Uint8Array): Promise<ImportedTable> {
  checkBytes(bytes, "an Arrow file");
  const arrow = await import("apache-arrow");
  await addCodecs(arrow);
  return imported(readArrow(arrow, bytes));
}

/** What compressed buffers need, where nobody has given it to the library already. */
async function addCodecs({ compressionRegistry, CompressionType }: Arrow): Promise<void> {
  const { LZ4_FRAME, ZSTD } = CompressionType;
  const { decompress } = await import("fzstd");
  if (!compressionRegistry.get(ZSTD)?.decode)
    compressionRegistry.set(ZSTD, { decode: (data) => decompress(data) });
  if (!compressionRegistry.get(LZ4_FRAME)?.decode) compressionRegistry.set(LZ4_FRAME, { decode: lz4Frame });
}

/** What a file begins with, and a stream. */
const beginnings = ["ARROW1", "\xff\xff\xff\xff"];

function readArrow(arrow: Arrow, bytes: Uint8Array): ForeignTable {
  const head = String.fromCharCode(...bytes.subarray(0, 6));
  if (!beginnings.some((text) => head.startsWith(text))) throw new FitsError("BAD_DATA", "not an Arrow file");
  let table: ReturnType<Arrow["tableFromIPC"]>;
  try {
    table = arrow.tableFromIPC(bytes);
  } catch (cause) {
    throw new FitsError("BAD_DATA", `not readable as an Arrow file: ${(cause as Error).message}`, { cause });
  }
  const fields: ForeignField[] = [];
  const places: number[] = [];
  const warnings: string[] = [];
  for (const [i, { name, type, metadata }] of table.schema.fields.entries()) {
    const found = fieldOf(arrow, type);
    if (!found) {
      warnings.push(`column '${name}' is left out: ${type} has no counterpart in a FITS table`);
      continue;
    }
    const { isFine, ...field } = found;
    if (isFine) warnings.push(shortTimes(name));
    fields.push({ name, metadata: Object.fromEntries(metadata), ...field });
    places.push(i);
  }
  return {
    name: table.schema.metadata.get("EXTNAME"),
    fields,
    rowCount: table.numRows,
    warnings,
    async *batches() {
      for (const batch of table.batches) {
        const vectors = places.map((i) => batch.getChildAt(i)!);
        yield { length: batch.numRows, cells: vectors.map((vector) => (row: number) => vector.get(row)) };
      }
    },
  };
}

/** Element type and lists of an Arrow type; undefined where FITS has nothing like it. */
function fieldOf(
  { DataType: Of }: Arrow,
  type: DataType,
): (Pick<ForeignField, "type" | "lists" | "text"> & { isFine?: boolean }) | undefined {
  const lists: (number | undefined)[] = [];
  let inner = type;
  for (;;) {
    if (Of.isDictionary(inner)) inner = inner.dictionary;
    else if (Of.isList(inner) || Of.isLargeList(inner)) {
      lists.push(undefined);
      inner = inner.children[0]!.type;
    } else if (Of.isFixedSizeList(inner)) {
      lists.push(inner.listSize);
      inner = inner.children[0]!.type;
    } else break;
  }
  if (Of.isTimestamp(inner) || Of.isDate(inner))
    return { type: "string", lists, text: timeText, isFine: Of.isTimestamp(inner) && inner.unit > 1 };
  const element = elementOf(Of, inner);
  return element && { type: element, lists };
}

function elementOf(Of: Arrow["DataType"], type: DataType): ForeignType | undefined {
  if (Of.isBool(type)) return "bool";
  if (Of.isUtf8(type) || Of.isLargeUtf8(type) || Of.isUtf8View(type)) return "string";
  if (Of.isInt(type)) return `${type.isSigned ? "" : "u"}int${type.bitWidth}` as DType;
  if (Of.isFloat(type)) return type.precision === 2 ? "float64" : "float32";
  return undefined;
}
