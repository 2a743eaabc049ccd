/**
 * Lists as VOTable (IVOA), in the serialization TABLEDATA: the first table.
 */
import { FitsError } from "../errors.js";
import type { List } from "./list-text.js";

/** Whether a text is a VOTable. */
export function isVotable(text: string): boolean {
  return /^\ufeff?\s*</.test(text) && /<(\w{1,64}:)?VOTABLE[\s>]/.test(text.slice(0, 65_536));
}

/** A tag, of any namespace, or the begin of a comment or of CDATA: what is none of these is text. */
const tokenText = /<!--|<!\[CDATA\[|<(\/?)(?:\w{1,64}:)?(\w{1,64})((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>/g;

/** The rows of a VOTable. Throws BAD_ARGUMENT for one without rows as text. */
export function votableList(text: string): List {
  const columns: string[] = [];
  const units = new Map<string, string>();
  const rows: (readonly string[])[] = [];
  const lines: number[] = [];
  let row: string[] = [];
  let cell: string | undefined;
  let hasData = false;
  let line = 1;
  let counted = 0;
  let end = 0;
  const tokens = new RegExp(tokenText);
  for (let match = tokens.exec(text); match; match = tokens.exec(text)) {
    const [token, slash = "", name = "", attributes = ""] = match;
    if (cell !== undefined) cell += unescaped(text.slice(end, match.index));
    end = tokens.lastIndex;
    if (name === "") {
      const close = token === "<!--" ? "-->" : "]]>";
      const stop = text.indexOf(close, end);
      if (stop < 0) break;
      if (cell !== undefined && close === "]]>") cell += text.slice(end, stop);
      end = tokens.lastIndex = stop + close.length;
      continue;
    }
    const isEmpty = attributes.endsWith("/");
    if (name === "FIELD" && slash === "" && !hasData) {
      const column =
        attribute(attributes, "name") ?? attribute(attributes, "ID") ?? `col${columns.length + 1}`;
      const unit = attribute(attributes, "unit");
      if (unit) units.set(column, unit);
      columns.push(column);
    } else if (/^(BINARY2?|FITS)$/.test(name))
      throw new FitsError(
        "BAD_ARGUMENT",
        `the rows of the VOTable are ${name}, and only TABLEDATA is read; save the list as CSV or as FITS`,
      );
    else if (name === "TABLEDATA" && slash === "") hasData = true;
    else if (name === "TABLEDATA") break;
    else if (hasData && name === "TR" && slash === "") {
      row = [];
      for (; counted < match.index; counted++) if (text[counted] === "\n") line++;
      lines.push(line);
    } else if (hasData && name === "TR") rows.push(row);
    else if (hasData && name === "TD" && slash === "") {
      if (isEmpty) row.push("");
      else cell = "";
    } else if (name === "TD" && cell !== undefined) {
      row.push(cell.trim());
      cell = undefined;
    }
  }
  if (!hasData || columns.length === 0)
    throw new FitsError("BAD_ARGUMENT", "the VOTable has no table with rows (TABLEDATA)");
  const places = new Map([...columns.entries()].reverse().map(([i, name]) => [name, i]));
  return {
    columns,
    length: rows.length,
    value: (i, column) => rows[i]?.[places.get(column) ?? -1],
    unit: (column) => units.get(column),
    place: (i) => `line ${lines[i]}`,
  };
}

function attribute(text: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(text);
  return found ? unescaped(found[1] ?? found[2]!) : undefined;
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{1,4}));/gi, (all, decimal, hex, name) => {
    if (name !== undefined) return entities[name] ?? all;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
