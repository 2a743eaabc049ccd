/**
 * Binary tables to be written: rows in batches, and the heap behind them (FITS Standard 4.0, section 7.3).
 */
import { checkObject } from "../argument.js";
import { FitsError } from "../errors.js";
import type { HeaderCard } from "./card.js";
import { checkNames, checkRowCount, wrongRows } from "./check.js";
import {
  type BatchColumn,
  type ColumnPlan,
  columnCards,
  dtypeIn,
  planColumns,
  type WriteColumn,
} from "./column.js";
import { encodeColumn, heapChunks, heapFacts, rowsIn } from "./encode.js";
import { checkBatch, checkColumnList, checkIterable, headerItems } from "./given.js";
import { type DataFacts, nameCards, type Stream, type WritableHdu } from "./hdu.js";
import { type HeaderItem, keywordOf } from "./header.js";
import type { Spool } from "./spool.js";

/** Some rows of a table: the values of every column, in the columns' order. */
export interface TableBatch {
  readonly columns: readonly BatchColumn[];
  /** Needed only where no column tells it: without columns, or with cells of no width. */
  readonly rowCount?: number | undefined;
}

export interface TableOptions {
  readonly columns: readonly WriteColumn[];
  /** An array of batches can be gone through twice: no heap has to wait in a spool then. */
  readonly batches: Stream<TableBatch>;
  /** Rows in all, where batches come one by one and it is known: without heap and checksum, nothing has to wait then. */
  readonly rowCount?: number | undefined;
  /**
   * Whether two columns may have one name (letters of either case are the same), or a name more characters than a
   * card: a copy keeps what the file has. Default false.
   */
  readonly keepNames?: boolean | undefined;
  /**
   * Further cards. Those that say how the data are stored (NAXISn, TFIELDS, TTYPEn, TFORMn ...) are the writer's
   * own and left out, so that the header of another table can be given as it is.
   */
  readonly header?: Iterable<HeaderItem> | undefined;
  /** EXTNAME. */
  readonly name?: string | undefined;
  /** EXTVER. */
  readonly ver?: number | undefined;
}

const ownKeywords =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|BSCALE|BZERO|BLANK|TFIELDS|THEAP|CHECKSUM|DATASUM|END|CONTINUE|T(TYPE|FORM|UNIT|DIM|SCAL|ZERO|NULL|DISP|BCOL|COMM|UCD)\d+)$/;

/** About how many bytes of rows go into one chunk. */
const chunkBytes = 1 << 18;

/**
 * A BINTABLE extension. Throws BAD_ARGUMENT or WRONG_TYPE where formats and values do not go together; those of
 * batches that come one by one, when they come.
 */
export function tableHdu(options: TableOptions): WritableHdu {
  checkColumns(options);
  const { columns, batches } = options;
  const others = otherCards(options);
  const held = Array.isArray(batches) ? (batches as readonly TableBatch[]) : undefined;
  if (held?.length) checkBatch(held[0], columns.length);
  const plans = planColumns(columns, held?.[0]?.columns);
  const rowBytes = plans.reduce((n, plan) => n + plan.width, 0);
  const facts = held ? factsOf(plans, held) : knownFacts(plans, options.rowCount);
  if (held) checkRowCount(options.rowCount, facts!.rows);
  return {
    kind: "table",
    ...(facts && { facts }),
    repeatable: held !== undefined,
    fill: 0,
    cards: (_, known) => [
      ...sizeCards("BINTABLE", rowBytes, known, columns.length),
      ...nameCards(options.name, options.ver),
      ...plans.flatMap((plan, i) => columnCards(plan, i + 1, known.longest[i])),
      ...others,
    ],
    data: (spool) =>
      held ? heldData(plans, rowBytes, held, facts!) : streamedData(plans, rowBytes, options, spool),
  };
}

/**
 * Throws BAD_ARGUMENT for what is no table, beyond the Standard's 999 columns, for their names, and for a `rowCount`
 * that is none.
 */
export function checkColumns(options: TableOptions): void {
  checkObject(options, "a table to write");
  const { columns, batches, rowCount, keepNames = false } = options;
  checkColumnList(columns);
  checkIterable(batches, "batches", "batches one by one");
  if (columns.length > 999) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `a FITS table has at most 999 columns, not ${columns.length}; leave some out`,
    );
  }
  if (!keepNames) checkNames(columns);
  checkRowCount(rowCount);
}

/** The cards that every table begins with. */
export function sizeCards(
  kind: "BINTABLE" | "TABLE",
  rowBytes: number,
  facts: DataFacts,
  fields: number,
): HeaderCard[] {
  return [
    {
      keyword: "XTENSION",
      value: kind,
      comment: kind === "TABLE" ? "ASCII table extension" : "binary table extension",
    },
    { keyword: "BITPIX", value: 8, comment: "8-bit bytes" },
    { keyword: "NAXIS", value: 2, comment: "rows of bytes" },
    { keyword: "NAXIS1", value: rowBytes, comment: "bytes in a row" },
    { keyword: "NAXIS2", value: facts.rows, comment: "number of rows" },
    { keyword: "PCOUNT", value: facts.heapBytes, comment: "bytes of the heap" },
    { keyword: "GCOUNT", value: 1, comment: "one group" },
    { keyword: "TFIELDS", value: fields, comment: "number of columns" },
  ];
}

/** The caller's cards that do not contradict the writer's. */
export function otherCards(options: TableOptions): HeaderItem[] {
  return headerItems(options.header).filter((item) => {
    const keyword = keywordOf(item);
    if (keyword === "EXTNAME") return options.name === undefined;
    if (keyword === "EXTVER") return options.ver === undefined;
    return !ownKeywords.test(keyword);
  });
}

/** The rows of a batch. Throws where its columns are not those of the table, or not of one length. */
function batchRows(plans: readonly ColumnPlan[], batch: TableBatch): number {
  checkBatch(batch, plans.length);
  checkRowCount(batch.rowCount);
  let rows = batch.rowCount;
  for (const [i, plan] of plans.entries()) {
    const column = batch.columns[i]!;
    const dtype = dtypeIn(column.values, plan.code, plan.title);
    if (plan.code !== "A" && dtype !== plan.dtype) {
      throw new FitsError(
        "WRONG_TYPE",
        `${plan.title}: a batch holds ${dtype} values, the first one ${plan.dtype}`,
      );
    }
    const own = rowsIn(plan, column);
    if (own !== undefined && rows !== undefined && own !== rows) {
      throw new FitsError(
        "BAD_ARGUMENT",
        `${plan.title}: a batch has ${own} rows of it and ${rows} of others`,
      );
    }
    rows ??= own;
  }
  if (rows === undefined)
    throw new FitsError("BAD_ARGUMENT", "a batch does not tell how many rows it has; give its rowCount");
  return rows;
}

function knownFacts(plans: readonly ColumnPlan[], rowCount: number | undefined): DataFacts | undefined {
  if (rowCount === undefined || plans.some(hasHeap)) return undefined;
  return { rows: rowCount, heapBytes: 0, longest: [] };
}

function factsOf(plans: readonly ColumnPlan[], batches: readonly TableBatch[]): DataFacts {
  let rows = 0;
  let heapBytes = 0;
  const longest: number[] = plans.map(() => 0);
  for (const batch of batches) {
    rows += batchRows(plans, batch);
    for (const [i, plan] of plans.entries()) {
      if (!hasHeap(plan)) continue;
      const heap = heapFacts(plan, batch.columns[i]!);
      heapBytes += heap.bytes;
      longest[i] = Math.max(longest[i]!, heap.longest);
    }
  }
  return { rows, heapBytes, longest };
}

/** Whether cells of a column lie in the heap: 0P and 0Q columns have none. */
function hasHeap(plan: ColumnPlan): boolean {
  return plan.descriptor !== undefined && plan.width > 0;
}

/** One batch's rows in chunks; its heap, column after column, starts at `heapAt`. */
function* batchRowChunks(
  plans: readonly ColumnPlan[],
  rowBytes: number,
  batch: TableBatch,
  rows: number,
  heapAt: number,
): Generator<Uint8Array<ArrayBuffer>, void, void> {
  if (rowBytes === 0) return;
  const next: number[] = [];
  let at = heapAt;
  for (const [i, plan] of plans.entries()) {
    next.push(at);
    if (hasHeap(plan)) at += heapFacts(plan, batch.columns[i]!).bytes;
  }
  const step = Math.max(1, Math.floor(chunkBytes / rowBytes));
  for (let start = 0; start < rows; start += step) {
    const stop = Math.min(rows, start + step);
    const bytes = new Uint8Array((stop - start) * rowBytes);
    for (const [i, plan] of plans.entries()) {
      next[i] = encodeColumn(plan, batch.columns[i]!, start, stop, { bytes, rowBytes }, next[i]!);
    }
    yield bytes;
  }
}

function* batchHeap(
  plans: readonly ColumnPlan[],
  batch: TableBatch,
): Generator<Uint8Array<ArrayBuffer>, void, void> {
  for (const [i, plan] of plans.entries()) {
    if (hasHeap(plan)) yield* heapChunks(plan, batch.columns[i]!);
  }
}

async function* heldData(
  plans: readonly ColumnPlan[],
  rowBytes: number,
  batches: readonly TableBatch[],
  facts: DataFacts,
): AsyncGenerator<Uint8Array<ArrayBuffer>, DataFacts, void> {
  let heapAt = 0;
  for (const batch of batches) {
    yield* batchRowChunks(plans, rowBytes, batch, batchRows(plans, batch), heapAt);
    heapAt += factsOf(plans, [batch]).heapBytes;
  }
  for (const batch of batches) yield* batchHeap(plans, batch);
  return facts;
}

async function* streamedData(
  plans: readonly ColumnPlan[],
  rowBytes: number,
  { batches, rowCount }: TableOptions,
  spool: () => Spool,
): AsyncGenerator<Uint8Array<ArrayBuffer>, DataFacts, void> {
  const heap = plans.some(hasHeap) ? spool() : undefined;
  try {
    let facts: DataFacts = { rows: 0, heapBytes: 0, longest: plans.map(() => 0) };
    for await (const batch of batches) {
      const more = factsOf(plans, [batch]);
      if (rowCount !== undefined && facts.rows + more.rows > rowCount)
        throw wrongRows(facts.rows + more.rows, rowCount, true);
      yield* batchRowChunks(plans, rowBytes, batch, more.rows, facts.heapBytes);
      if (heap) for (const chunk of batchHeap(plans, batch)) await heap.append(chunk);
      facts = {
        rows: facts.rows + more.rows,
        heapBytes: facts.heapBytes + more.heapBytes,
        longest: facts.longest.map((n, i) => Math.max(n, more.longest[i]!)),
      };
    }
    if (rowCount !== undefined && facts.rows !== rowCount) throw wrongRows(facts.rows, rowCount);
    if (heap) yield* heap.read();
    return facts;
  } finally {
    await heap?.close?.();
  }
}
