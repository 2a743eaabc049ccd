/**
 * What filters behind a file's name make of a table: a FITS file in a temporary place, of the table or the image that comes out.
 */
import {
  type Batch,
  type ColumnData,
  type Fits,
  type HduSelector,
  showAddress,
  type TableHdu,
} from "fitslice";
import type { CardEdit, HeaderItem, TableBatch, WritableHdu } from "fitslice/write";
import { columnValues, scalingOf } from "../calculator/column-values.js";
import { compileCondition, type Names } from "../calculator/compile.js";
import type { Rows, Typed, Values } from "../calculator/typed.js";
import { badUsage } from "../failure.js";
import { fitsOf, type MadeFits } from "../foreign-file.js";
import { printable } from "../output.js";
import { interruptible } from "../signals.js";
import { binClause } from "./bin-clause.js";
import { type EditedTable, editedTable, writtenColumn } from "./edited-table.js";
import { goodTimes } from "./good-times.js";
import { Histogram } from "./histogram.js";
import { axisPlans, Extremes, needsLimits, weightOf } from "./histogram-axes.js";
import { histogramCards } from "./histogram-header.js";
import { pickedRows, withNulls } from "./picked-rows.js";
import { writtenValues } from "./stored-values.js";
import type { Filters } from "./syntax.js";

/** A file that was made, and which of its HDUs is meant. */
export interface FilteredFile extends MadeFits {
  readonly hdu: number;
}

/** Makes the file. Only columns that are named, or stay, are read. Throws `Failure` and what reading throws. */
export async function filteredFile(
  fits: Fits,
  filters: Filters,
  which: HduSelector | undefined,
  source: string = fits.href,
): Promise<FilteredFile> {
  const table = await tableOf(fits, which, filters);
  const edited = editedTable(table, filters.columns);
  const intervals = await goodTimes(fits, table, filters.rows);
  const names: Names = { ...edited.names, intervals };
  const tests = filters.rows.map((text) => compileCondition(text, names));
  const history = historyCards(source, filters);
  if (filters.bin)
    return {
      ...(await fitsOf([await histogramHdu(fits, table, edited, tests, filters.bin, history)])),
      hdu: 0,
    };
  const hdus = await tableHdus(fits, table, edited, tests, history);
  return { ...(await fitsOf(hdus)), hdu: hdus.length - 1 };
}

async function tableOf(fits: Fits, which: HduSelector | undefined, { text }: Filters): Promise<TableHdu> {
  const hdu = which === undefined ? await fits.table() : await fits.hdu(which);
  if (hdu.kind === "table") return hdu;
  throw badUsage(
    `HDU ${hdu.index} is an image; ${printable(text)} is for the columns of tables (fitslice section cuts images, preview and overview bin them)`,
  );
}

/** Some rows, and those of them that pass. */
interface Passed {
  readonly batch: Batch;
  readonly rows: Rows;
  readonly chosen: readonly number[];
}

/** Goes through the table once. `extra` are columns that are copied, beside those that are calculated with. */
async function* passing(
  table: TableHdu,
  { used }: EditedTable,
  tests: readonly Typed[],
  extra: readonly number[],
): AsyncGenerator<Passed, undefined> {
  const columns = [...new Set([...extra, ...Array.from(used, ({ index }) => index)])].sort((a, b) => a - b);
  let first = 0;
  for await (const batch of interruptible(table.batches({ columns, raw: true }))) {
    const rows = rowsOf(table, batch, first);
    const verdicts = tests.map((test) => test.evaluate(rows));
    const chosen: number[] = [];
    for (let row = 0; row < batch.length; row++)
      if (verdicts.every(({ numbers, isNull }) => numbers[row] === 1 && !isNull?.[row])) chosen.push(row);
    yield { batch, rows, chosen };
    first += batch.length;
  }
}

function rowsOf(table: TableHdu, batch: Batch, first: number): Rows {
  const made = new Map<number, Values>();
  return {
    count: batch.length,
    first,
    values(index) {
      const values = made.get(index) ?? columnValues(table.columns[index]!, dataOf(batch, index));
      made.set(index, values);
      return values;
    },
  };
}

function dataOf(batch: Batch, index: number): ColumnData {
  return batch.columns.find(({ column }) => column.index === index)!;
}

async function tableHdus(
  fits: Fits,
  table: TableHdu,
  edited: EditedTable,
  tests: readonly Typed[],
  history: readonly CardEdit[],
): Promise<WritableHdu[]> {
  const { batchColumn, columnAsRead, editedHdu, tableHdu } = await import("fitslice/write");
  const { fields, set, drop } = edited;
  const withColumn = fields.flatMap(({ column }) => (column ? [column.index] : []));
  const copied = fields.flatMap(({ column, calculated }) => (column && !calculated ? [column] : []));
  const { primary, cards } = await headersOf(fits, table, withColumn);
  const none = await table.select({
    columns: copied.map(({ index }) => index),
    raw: true,
    rows: { start: 0, stop: 0 },
  });
  const columns = fields.map((field) => {
    const { column, calculated } = field;
    if (!column || calculated) return writtenColumn(field, undefined);
    const { scale, zero } = scalingOf(column);
    const scaled = scale !== 1 || zero !== 0;
    const isNull = column.null !== undefined && typeof column.null !== "string";
    const as = columnAsRead(dataOf(none, column.index).column);
    return writtenColumn(field, {
      ...as,
      ...(scaled && { scale, zero }),
      ...(isNull && { null: column.null as bigint }),
    });
  });
  async function* batches(): AsyncGenerator<TableBatch, undefined> {
    for await (const { batch, rows, chosen } of passing(
      table,
      edited,
      tests,
      copied.map(({ index }) => index),
    )) {
      const parts = fields.map(({ column, calculated }) => {
        if (!calculated)
          return withNulls(
            pickedRows(batchColumn(dataOf(batch, column!.index)), chosen, batch.length),
            column!.null,
          );
        const values = calculated.operand.evaluate(rows);
        return writtenValues(
          calculated.operand,
          calculated.format,
          values,
          chosen,
          column && scalingOf(column),
        );
      });
      if (chosen.length > 0) yield { columns: parts, rowCount: chosen.length };
    }
  }
  const made = tableHdu({ columns, batches: batches(), keepNames: true, header: cards });
  const edits = { set: [...set, ...(tests.length > 0 ? history : [])], drop };
  return [...primary, editedHdu(made, { header: table.header }, edits)];
}

/** The primary header, and the cards of the table with these of its columns under their new numbers. */
async function headersOf(
  fits: Fits,
  table: TableHdu,
  columns: readonly number[],
): Promise<{ primary: WritableHdu[]; cards: readonly HeaderItem[] }> {
  const { tableFileHdus } = await import("fitslice/write");
  const hdus: WritableHdu[] = [];
  for await (const hdu of tableFileHdus(fits, table, { columns, rows: { start: 0, stop: 0 } }))
    hdus.push(hdu);
  const cards = hdus.at(-1)!.cards(false, { rows: 0, heapBytes: 0, longest: [] });
  return { primary: hdus.slice(0, -1), cards };
}

async function histogramHdu(
  fits: Fits,
  table: TableHdu,
  edited: EditedTable,
  tests: readonly Typed[],
  bin: NonNullable<Filters["bin"]>,
  history: readonly CardEdit[],
): Promise<WritableHdu> {
  const { editedHdu, imageHdu } = await import("fitslice/write");
  const clause = binClause(bin.text);
  const plans = axisPlans(table, edited, clause);
  const weight = weightOf(edited, clause);
  const extremes = new Extremes(plans);
  if (plans.some(needsLimits))
    for await (const { rows, chosen } of passing(table, edited, tests, [])) extremes.add(rows, chosen);
  const axes = extremes.axes();
  const histogram = new Histogram(axes, weight, bin.type);
  for await (const { rows, chosen } of passing(table, edited, tests, [])) histogram.add(rows, chosen);
  const { cards } = await headersOf(fits, table, []);
  const shape = axes.map(({ length }) => length).reverse();
  const image = imageHdu({
    data: { dtype: histogram.dtype, shape, parts: [histogram.pixels] } as Parameters<
      typeof imageHdu
    >[0] extends { data?: infer D } | undefined
      ? D
      : never,
    header: cards,
  });
  const edits = {
    set: [...edited.set, ...histogramCards(table, axes), ...history],
    drop: [...edited.drop, "EXTNAME", "EXTVER"],
  };
  return editedHdu(image, { header: table.header }, edits);
}

/** As many characters as HISTORY has in a card. */
const historyWidth = 72;

/** Where the rows or the image are from. */
function historyCards(source: string, { text }: Filters): CardEdit[] {
  const from = `${showAddress(source)}${text}`.replace(/[^\x20-\x7e]/g, "?");
  const lines = from.match(new RegExp(`.{1,${historyWidth}}`, "g")) ?? [];
  return ["Made by fitslice with the filters of this name:", ...lines].map((comment) => ({
    keyword: "HISTORY",
    comment,
  }));
}
