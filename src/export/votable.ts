/**
 * Tables as VOTable 1.3 (IVOA), in the serialization TABLEDATA.
 */
import { checkObject, checkTable } from "../argument.js";
import type { BatchOptions, TableHdu } from "../hdu/table.js";
import type { Column } from "../table/column.js";
import type { Cell } from "../table/data.js";
import { uniqueNames } from "../table/names.js";
import { exportedBatches, exportedColumns } from "./columns.js";
import { cellWriter, utf8Chunks } from "./value.js";

/** Rows that become one piece of text. */
const pieceRows = 512;

/**
 * A table as a VOTable in UTF-8: units, UCDs and descriptions come along. Nulls are empty cells; NaN and infinities are written as VOTable
 * has them. Types that VOTable lacks become wider ones (uint16 `int`, uint32 `long`); 64-bit integers without a sign are text.
 */
export function toVotable(
  table: TableHdu,
  options: BatchOptions = {},
): AsyncGenerator<Uint8Array, undefined> {
  checkTable(table);
  checkObject(options);
  return utf8Chunks(pieces(table, options));
}

async function* pieces(table: TableHdu, options: BatchOptions): AsyncGenerator<string, undefined> {
  const columns = exportedColumns(table, options);
  const names = uniqueNames(columns);
  const fields = columns.map((column, i) => fieldOf(column, names[i]!));
  yield `<?xml version="1.0" encoding="UTF-8"?>
<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE type="results">
<INFO name="QUERY_STATUS" value="OK"/>
<TABLE${table.name === "" ? "" : ` name="${escaped(table.name)}"`}>
${fields.join("\n")}
<DATA><TABLEDATA>
`;
  for await (const batch of exportedBatches(table, columns, options)) {
    const writers = batch.columns.map((data) => cellWriter(data, cellText));
    for (let row = 0; row < batch.length; ) {
      let piece = "";
      for (const stop = Math.min(batch.length, row + pieceRows); row < stop; row++) {
        piece += "<TR>";
        for (const write of writers) piece += `<TD>${write(row)}</TD>`;
        piece += "</TR>\n";
      }
      yield piece;
    }
  }
  yield "</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n";
}

const types: Readonly<Record<Column["dtype"], string>> = {
  ...{ int8: "short", uint8: "unsignedByte", int16: "short", uint16: "int", int32: "int", uint32: "long" },
  ...{ int64: "long", uint64: "char", float32: "float", float64: "double" },
  ...{ complex64: "floatComplex", complex128: "doubleComplex", bool: "boolean", string: "char" },
};

function fieldOf({ dtype, shape, unit, ucd, description, descriptor }: Column, name: string): string {
  const isText = types[dtype] === "char";
  const size = descriptor || isText ? "*" : shape.length > 0 ? [...shape].reverse().join("x") : undefined;
  // Arrays of texts are written as one text.
  const type = dtype === "string" ? "unicodeChar" : types[dtype];
  const attributes = [
    ` name="${escaped(name)}" datatype="${type}"`,
    size === undefined ? "" : ` arraysize="${size}"`,
    unit ? ` unit="${escaped(unit)}"` : "",
    ucd ? ` ucd="${escaped(ucd)}"` : "",
  ].join("");
  if (!description) return `<FIELD${attributes}/>`;
  return `<FIELD${attributes}><DESCRIPTION>${escaped(description)}</DESCRIPTION></FIELD>`;
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  switch (typeof cell) {
    case "number":
      return Number.isFinite(cell)
        ? Object.is(cell, -0)
          ? "-0"
          : String(cell)
        : Number.isNaN(cell)
          ? "NaN"
          : cell > 0
            ? "+Inf"
            : "-Inf";
    case "bigint":
      return String(cell);
    case "boolean":
      return cell ? "T" : "F";
    case "string":
      return escaped(cell);
    default:
      return cell.map((one) => (one === null ? "NaN" : cellText(one))).join(" ");
  }
}

/** Text for XML 1.0; characters that it does not have become `?`. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant
  const plain = text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\p{Cs}\ufffe\uffff]/gu, "?");
  return plain.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
