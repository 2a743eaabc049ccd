/**
 * `/table`: columns and rows of a table in the formats of the web.
 */

import type { Fits } from "../fits.js";
import type { TableSelection } from "../hdu/table.js";
import type { ColumnSelector } from "../table/names.js";
import type { CutBody } from "./cut.js";
import { type Exchange, fileAnswer } from "./exchange.js";
import { neededValue, oneValue, onlyThese } from "./parameters.js";
import { tooMuch, usage } from "./refusal.js";
import { hdusIn } from "./soda.js";

const types = {
  votable: "application/x-votable+xml",
  csv: "text/csv; charset=utf-8",
  json: "application/json",
  arrow: "application/vnd.apache.arrow.file",
} as const;
type TableFormat = keyof typeof types;

/** `/table?id=&hdu=&columns=&where=&limit=&format=`: as `fitslice table`. */
export async function plainTable(exchange: Exchange): Promise<Response> {
  const { parameters, shared, signal } = exchange;
  onlyThese(parameters, ["ID", "HDU", "COLUMNS", "WHERE", "LIMIT", "FORMAT"]);
  const format = oneValue(parameters, "FORMAT") ?? "votable";
  if (!Object.hasOwn(types, format)) throw usage(`the format of a table is ${Object.keys(types).join(", ")}`);
  const hdus = hdusIn(oneValue(parameters, "HDU"));
  if (hdus === "all" || (hdus.length > 1 && hdus !== "first"))
    throw usage("one table at a time: hdu is a number or a name");
  const where = oneValue(parameters, "WHERE");
  const limit = oneValue(parameters, "LIMIT");
  if (limit !== undefined && !/^\d{1,12}$/.test(limit)) throw usage("limit is a number of rows");
  const names = oneValue(parameters, "COLUMNS")
    ?.split(",")
    .map((name) => name.trim());
  const id = neededValue(parameters, "ID");
  return fileAnswer(exchange, "table", id, async (fits) => {
    const table = await fits.table(hdus === "first" ? undefined : hdus[0], { signal });
    const columns = names?.map(
      (name): ColumnSelector =>
        /^\d+$/.test(name) && !table.columns.some((column) => column.name === name) ? Number(name) : name,
    );
    const selection: TableSelection = {
      ...(columns && { columns }),
      ...(where !== undefined && { where }),
      ...(limit !== undefined && { limit: Number(limit) }),
    };
    await checkTablePrice(fits, table.plan(selection), shared.limits.readBytes);
    return tableBody(table, format as TableFormat, selection);
  });
}

async function checkTablePrice(
  fits: Fits,
  plan: Parameters<Fits["explain"]>[0],
  most: number,
): Promise<void> {
  const { bytes } = await fits.explain(plan);
  if (!(bytes <= most))
    throw tooMuch(
      `${bytes} bytes would be read, and this service reads ${most} at most; name columns, or a limit`,
    );
}

/** Streamed, in a few batches of memory. What is wrong with the selection is thrown before the first byte goes out. */
async function tableBody(
  table: Awaited<ReturnType<Fits["table"]>>,
  format: TableFormat,
  selection: TableSelection,
): Promise<CutBody> {
  const { toArrowFile, toCsv, toJson } = await import("../export/index.js");
  const { toVotable } = await import("../export/votable.js");
  const make = { votable: toVotable, csv: toCsv, json: toJson, arrow: toArrowFile }[format];
  const pieces = (await make(table, selection))[Symbol.asyncIterator]();
  const first = await pieces.next();
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for (let next = first; !next.done; next = await pieces.next()) yield next.value;
    } finally {
      await pieces.return?.(undefined);
    }
  }
  return { type: types[format], extension: format, body: body() };
}
