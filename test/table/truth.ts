/**
 * Comparing cells with what astropy read, in the form of the corpus's truth.json.
 */
import type { Column } from "../../src/table/column.js";
import type { Cell } from "../../src/table/data.js";

export interface TruthColumn {
  name: string | null;
  format: string;
  unit: string | null;
  dim: string | null;
  values?: Record<string, unknown>;
}

/**
 * Whether a cell is what the truth says. The truth has no nulls: astropy gives false for null logicals (the bytes
 * themselves in variable-length ones), 0 for null or blank numbers of ASCII tables.
 */
export function sameCell(cell: Cell, truth: unknown, column: Column): boolean {
  if (Array.isArray(truth)) {
    return (
      Array.isArray(cell) &&
      cell.length === truth.length &&
      truth.every((item, i) => sameCell(cell[i]!, item, column))
    );
  }
  if (column.code === "L" && typeof truth === "number") {
    return cell === (truth === 84 || truth === 1) || (cell === null && truth === 0);
  }
  if (cell === null) return truth === false || (column.text !== undefined && truth === 0);
  if (typeof cell === "bigint" && typeof truth === "string") return cell === BigInt(truth);
  if (typeof truth === "number") return Number(cell) === truth;
  if (truth === "NaN") return Number.isNaN(cell);
  if (typeof truth === "string" && /^-?Infinity$/.test(truth) && typeof cell === "number")
    return cell === Number(truth);
  return cell === truth;
}
