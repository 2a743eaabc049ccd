/**
 * Differences of two tables: columns, and cells batch by batch.
 */
import type { Batch, TableHdu } from "fitslice";
import { matchesKeyword } from "fitslice/list";
import { interruptible } from "../signals.js";
import { isNear, newTally, type Tolerance, tally } from "./difference.js";

/** A line for each difference: of columns, and of cells the first ones. */
export async function tableDifferences(
  a: TableHdu,
  b: TableHdu,
  tolerance: Tolerance,
  ignored: readonly string[],
  most: number,
): Promise<string[]> {
  const lines: string[] = [];
  const [one, two] = [namesOf(a, ignored), namesOf(b, ignored)];
  for (const [key, { name }] of one) if (!two.has(key)) lines.push(`column ${name} is only in A`);
  for (const [key, { name }] of two) if (!one.has(key)) lines.push(`column ${name} is only in B`);
  if (a.rowCount !== b.rowCount) return [...lines, `${a.rowCount} rows in A, ${b.rowCount} rows in B`];
  const common = [...one.keys()].filter((key) => two.has(key));
  if (common.length === 0) return lines;
  const names = common.map((key) => one.get(key)!.name);
  const tallies = names.map(() => newTally());
  const batches = (table: TableHdu, own: ReturnType<typeof namesOf>): AsyncIterable<Batch> =>
    table.batches({ columns: common.map((key) => own.get(key)!.index), batchRows });
  const others = batches(b, two)[Symbol.asyncIterator]();
  let first = 0;
  try {
    for await (const batch of interruptible(batches(a, one))) {
      const other = await others.next();
      if (other.done) break;
      for (const [c, counts] of tallies.entries()) {
        const [x, y] = [batch.columns[c]!, other.value.columns[c]!];
        for (let row = 0; row < batch.length; row++) {
          const [p, q] = [x.get(row), y.get(row)];
          if (!isSame(p, q, tolerance))
            tally(
              counts,
              most,
              p,
              q,
              () => `column ${names[c]}, row ${first + row}: ${shown(p)} in A, ${shown(q)} in B`,
            );
        }
      }
      first += batch.length;
    }
  } finally {
    await others.return?.();
  }
  for (const [c, { count, first: told, largest }] of tallies.entries()) {
    lines.push(...told);
    const apart = largest > 0 ? `, by up to ${largest}` : "";
    if (count > 0) lines.push(`column ${names[c]}: ${count} of ${a.rowCount} rows differ${apart}`);
  }
  return lines;
}

const batchRows = 4096;

/** Names do not differ by case; a column without one is told by its place. */
function namesOf(table: TableHdu, ignored: readonly string[]): Map<string, { name: string; index: number }> {
  const own = new Map<string, { name: string; index: number }>();
  for (const { name: given, index } of table.columns) {
    const name = given === "" || own.has(given.toLowerCase()) ? `${given}#${index + 1}` : given;
    if (!ignored.some((one) => matchesKeyword(one, name.toUpperCase())))
      own.set(name.toLowerCase(), { name, index });
  }
  return own;
}

/** Cells: numbers within the tolerance, text without blanks at its end, arrays element by element. */
function isSame(a: unknown, b: unknown, tolerance: Tolerance): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => isSame(item, b[i], tolerance));
  if (typeof a === "string" && typeof b === "string") return a.trimEnd() === b.trimEnd();
  const isNumber = (value: unknown): value is number | bigint => /^(number|bigint)$/.test(typeof value);
  return isNumber(a) && isNumber(b) && isNear(a, b, tolerance);
}

function shown(cell: unknown): string {
  if (Array.isArray(cell)) {
    const items = cell.slice(0, 8).map(shown);
    return `[${items.join(", ")}${cell.length > 8 ? ", ..." : ""}]`;
  }
  return typeof cell === "string" ? `'${cell.slice(0, 80)}'` : String(cell);
}
