/**
 * The axes of a histogram: limits and sizes from what was written, from TLMINn, TLMAXn and TDBINn, else from the values.
 */
import type { Column, TableHdu } from "fitslice";
import { compileExpression, type Names } from "../calculator/compile.js";
import { isNumber, titleOf } from "../calculator/operators.js";
import type { Rows, Typed } from "../calculator/typed.js";
import { badUsage, Failure } from "../failure.js";
import { printable } from "../output.js";
import type { AxisClause, BinClause, Limit } from "./bin-clause.js";
import type { EditedTable } from "./edited-table.js";

/** An axis before the values have been looked at. */
export interface AxisPlan {
  readonly label: string;
  readonly operand: Typed;
  /** The column of the file whose coordinates the axis has. */
  readonly column?: Column;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
}

/** An axis of the image: pixel i holds the values from `low + i * step` on. */
export interface Axis {
  readonly label: string;
  readonly operand: Typed;
  readonly column?: Column;
  readonly low: number;
  /** Values above are outside, also where the last pixel goes further. */
  readonly high: number;
  readonly step: number;
  readonly length: number;
}

/** What rows count for. */
export interface Weight {
  readonly operand: Typed;
  readonly isInverse: boolean;
}

/** The columns that are binned where nobody says which: CPREF, else these. */
const usualColumns = ["X", "Y", "Z", "T"];

/** Finds columns and limits. Throws `Failure` (wrong usage). */
export function axisPlans(table: TableHdu, { fields, names }: EditedTable, { axes }: BinClause): AxisPlan[] {
  const preferred = table.header.get("CPREF");
  const usual =
    typeof preferred === "string"
      ? preferred
          .replace(/[()]/g, "")
          .split(",")
          .map((name) => name.trim())
      : usualColumns;
  const clauses: readonly AxisClause[] = axes.length > 0 ? axes : [{}, {}];
  // One size without a column is that of both axes of an image.
  const [only] = clauses;
  const all = clauses.length === 1 && only!.column === undefined ? [only!, only!] : clauses;
  const missing = all.length > 0 && all.every(({ column }) => column === undefined);
  const [x = "X", y = "Y"] = usual;
  if (missing && ![x, y].every((name) => names.column(name)))
    throw badUsage(
      `[bin]: the table has no columns ${printable(x)} and ${printable(y)}; name two: [bin ${names.columns.slice(0, 2).map(printable).join(",")}]`,
    );
  return all.map((clause, i) =>
    axisPlan(table, fields, names, clause, clause.column ?? usual[i] ?? usualColumns[i]!),
  );
}

function axisPlan(
  table: TableHdu,
  fields: EditedTable["fields"],
  names: Names,
  clause: AxisClause,
  column: string,
): AxisPlan {
  const number = /^#(\d+)$/.exec(column)?.[1];
  const name = number === undefined ? column : (fields[Number(number) - 1]?.name ?? column);
  const isColumn = names.columns.some((known) => known.toLowerCase() === name.toLowerCase());
  const operand = compileExpression(isColumn ? `$${name}$` : name, names);
  if (!isNumber(operand))
    throw badUsage(`[bin ${printable(name)}]: an axis is of numbers, not of ${titleOf(operand)}`);
  const field = fields.find((one) => one.name.toLowerCase() === name.toLowerCase());
  const own = field
    ? field.column
    : table.columns.find((one) => one.name.toLowerCase() === name.toLowerCase());
  const value = (limit: Limit | undefined, keyword: string): number | undefined => {
    if (typeof limit === "number") return limit;
    if (limit === undefined) return own && numberOf(table.header.get(`${keyword}${own.index + 1}`));
    const found = numberOf(names.keyword(limit));
    if (found === undefined)
      throw badUsage(`[bin ${printable(name)}=...]: there is no number in the keyword ${printable(limit)}`);
    return found;
  };
  const [min, max, step] = [
    value(clause.min, "TLMIN"),
    value(clause.max, "TLMAX"),
    value(clause.step, "TDBIN"),
  ];
  if (step !== undefined && !(step > 0))
    throw badUsage(`[bin ${printable(name)}=...]: the size of a pixel is ${step}; it must be more than 0`);
  return {
    label: name,
    operand,
    ...(own && { column: own }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(step !== undefined && { step }),
  };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}

/** The weight of a histogram. Throws `Failure` (wrong usage). */
export function weightOf({ names }: EditedTable, { weight }: BinClause): Weight | undefined {
  if (!weight) return undefined;
  const isColumn = names.columns.some((known) => known.toLowerCase() === weight.text.toLowerCase());
  const operand = compileExpression(isColumn ? `$${weight.text}$` : weight.text, names);
  if (!isNumber(operand))
    throw badUsage(`[bin ...; ${printable(weight.text)}]: a weight is a number, not ${titleOf(operand)}`);
  return { operand, isInverse: weight.isInverse };
}

/** Whether the values have to be looked at before the image can be laid out. */
export function needsLimits({ min, max }: AxisPlan): boolean {
  return min === undefined || max === undefined;
}

/** The least and the greatest value of the axes that need them. */
export class Extremes {
  readonly #limits: { min: number; max: number }[];
  readonly #plans: readonly AxisPlan[];

  constructor(plans: readonly AxisPlan[]) {
    this.#plans = plans;
    this.#limits = plans.map(() => ({ min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }));
  }

  add(rows: Rows, chosen: readonly number[]): void {
    for (const [k, plan] of this.#plans.entries()) {
      if (!needsLimits(plan)) continue;
      const { numbers, isNull } = plan.operand.evaluate(rows);
      const limits = this.#limits[k]!;
      const { width } = plan.operand;
      for (const row of chosen)
        for (let i = row * width; i < (row + 1) * width; i++) {
          if (isNull?.[i]) continue;
          limits.min = Math.min(limits.min, numbers[i]!);
          limits.max = Math.max(limits.max, numbers[i]!);
        }
    }
  }

  /** Throws `Failure` where a column has no value at all. */
  axes(): Axis[] {
    return this.#plans.map((plan, k) => axisOf(plan, this.#limits[k]!));
  }
}

/** Bins where the size is not said: those of size 1, or ten of them where that would be fewer. */
const fewestBins = 10;

function axisOf(plan: AxisPlan, found: { min: number; max: number }): Axis {
  const { label, operand, column } = plan;
  const [min, max] = [plan.min ?? found.min, plan.max ?? found.max];
  if (!Number.isFinite(min) || !Number.isFinite(max))
    throw new Failure(1, `[bin ${printable(label)}]: no row has a value; say limits, ${label}=min:max:size`);
  if (max < min)
    throw badUsage(`[bin ${printable(label)}=${min}:${max}]: the upper limit is below the lower one`);
  const step = plan.step ?? (max > min ? Math.min(1, (max - min) / fewestBins) : 1);
  // Whole limits of integers are pixels of their own, around which those of the image lie; others are edges.
  const isWhole = operand.kind === "integer" && [min, max, step].every(Number.isInteger);
  const half = isWhole ? 0.5 : 0;
  return {
    label,
    operand,
    ...(column && { column }),
    low: min - half,
    high: max + half,
    step,
    length: Math.max(1, Math.ceil((max - min + 2 * half) / step)),
  };
}
