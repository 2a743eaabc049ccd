/**
 * A table as `[col ...]` makes it: columns that stay, columns that are calculated, keywords.
 */
import type { Column, TableHdu } from "fitslice";
import type { CardEdit, WriteColumn } from "fitslice/write";
import { columnOperand, scalingOf } from "../calculator/column-values.js";
import { compileExpression, type Names } from "../calculator/compile.js";
import type { Rows, Typed, Values } from "../calculator/typed.js";
import { badUsage } from "../failure.js";
import { printable } from "../output.js";
import { didYouMean } from "../suggest.js";
import { type ColumnClause, columnClauses } from "./column-clauses.js";
import { matcher } from "./matcher.js";
import { defaultFormat, stored } from "./stored-values.js";

/** A column of the table that comes out. */
export interface Field {
  readonly name: string;
  /** The column of the file whose keywords it has: a copy, where nothing is calculated. */
  readonly column?: Column;
  readonly calculated?: { readonly operand: Typed; readonly format: string };
}

export interface EditedTable {
  readonly fields: readonly Field[];
  readonly names: Names;
  /** Columns of the file that are looked at by what was compiled with `names`. */
  readonly used: ReadonlySet<Column>;
  readonly set: readonly CardEdit[];
  readonly drop: readonly string[];
}

/**
 * What `[col ...]` clauses make of a table. Conditions and histograms find the columns that come out, and those of the file that were left out.
 * Throws `Failure` (wrong usage).
 */
export function editedTable(table: TableHdu, clauses: readonly string[]): EditedTable {
  let fields: Field[] = table.columns.map((column) => ({ name: column.name, column }));
  const used = new Set<Column>();
  const set: CardEdit[] = [];
  const drop: string[] = [];
  const operandOf = (field: Field): Typed => {
    if (field.calculated) return field.calculated.operand;
    used.add(field.column!);
    return columnOperand(field.column!);
  };
  const original: readonly Field[] = fields;
  const names: Names = {
    get columns() {
      return [...new Set([...fields, ...original].map(({ name }) => name))];
    },
    column: (name) => {
      const field = fieldOf(fields, name) ?? fieldOf(original, name);
      return field && operandOf(field);
    },
    keyword: (name) => {
      const own = set.findLast(({ keyword }) => keyword === name.toUpperCase())?.value;
      const value = own ?? table.header.get(name.toUpperCase());
      return value === null || value === undefined || typeof value === "object"
        ? undefined
        : (value as string | number | bigint | boolean);
    },
  };
  const kept = new Set<string>();
  let dropsOthers = false;
  let isDropping = false;
  let last: string | undefined;
  for (const clause of clauses.flatMap(columnClauses)) apply(clause);

  function apply(clause: ColumnClause): void {
    switch (clause.kind) {
      case "keep": {
        dropsOthers = true;
        for (const { name } of matching(fields, clause.name, names)) kept.add(name);
        return;
      }
      case "drop": {
        isDropping = true;
        const isKeyword =
          clause.name.startsWith("#") || !fields.some(({ name }) => matcher(clause.name)(name));
        if (isKeyword) dropKeyword(clause.name.replace(/^#/, ""));
        else fields = fields.filter(({ name }) => !matcher(clause.name)(name));
        return;
      }
      case "rename":
        rename(clause.name, clause.from);
        return;
      case "compute": {
        dropsOthers = true;
        last = compute(clause);
        kept.add(last);
        return;
      }
      case "keyword":
        setKeyword(clause);
        return;
    }
  }

  function dropKeyword(name: string): void {
    if (![...table.header].some(({ keyword }) => matcher(name)(keyword)))
      throw badUsage(
        `[col -${printable(name)}]: no column and no keyword of this name${didYouMean(name, names.columns)}`,
      );
    drop.push(name.toUpperCase());
  }

  function rename(name: string, from: string): void {
    if (from.startsWith("#") || name.startsWith("#")) {
      const [key, old] = [name, from].map((text) => text.replace(/^#/, "").toUpperCase()) as [string, string];
      const value = table.header.get(old);
      if (value === undefined)
        throw badUsage(`[col #${printable(key)}==${printable(old)}]: the header has no ${printable(old)}`);
      set.push({ keyword: key, value: value as NonNullable<CardEdit["value"]> });
      drop.push(old);
      return;
    }
    const field = fieldOf(fields, from);
    if (!field)
      throw badUsage(
        `[col ${printable(name)}==${printable(from)}]: there is no column '${printable(from)}'${didYouMean(from, names.columns)} (NEW == OLD renames)`,
      );
    if (fields.some((other) => other !== field && other.name.toLowerCase() === name.toLowerCase()))
      throw badUsage(
        `[col ${printable(name)}==${printable(from)}]: there is a column '${printable(name)}' already`,
      );
    fields = fields.map((other) => (other === field ? { ...field, name } : other));
    dropsOthers = true;
    kept.delete(field.name);
    kept.add(name);
  }

  function compute({ name, format, expression }: Extract<ColumnClause, { kind: "compute" }>): string {
    const there = fieldOf(fields, name);
    const result = compileExpression(expression, names);
    const given = format ?? there?.column?.format ?? there?.calculated?.format ?? defaultFormat(result);
    const column = there?.column;
    const scaling = column && format === undefined ? scalingOf(column) : undefined;
    const operand = stored(result, given, name, scaling);
    const calculated = { operand: once(operand), format: given };
    const field: Field = { name: there?.name ?? name, ...(column && { column }), calculated };
    fields = there ? fields.map((other) => (other === there ? field : other)) : [...fields, field];
    return field.name;
  }

  function setKeyword({ name, comment, expression }: Extract<ColumnClause, { kind: "keyword" }>): void {
    const keyword = name.endsWith("#") ? `${name.slice(0, -1)}${numberOf(last, name)}` : name;
    const value = compileExpression(expression, names);
    if (!value.isConstant)
      throw badUsage(
        `[col #${printable(name)} = ${printable(expression)}]: a keyword has one value; this one is another in each row`,
      );
    const { numbers, texts } = value.evaluate({
      count: 1,
      first: 0,
      values: () => ({ numbers, texts, isNull: undefined }),
    });
    const result =
      value.kind === "string" || value.kind === "bits"
        ? texts[0]!
        : value.kind === "boolean"
          ? numbers[0] === 1
          : numbers[0]!;
    set.push({ keyword, value: result, ...(comment !== undefined && { comment }) });
  }

  function numberOf(column: string | undefined, keyword: string): number {
    if (column === undefined)
      throw badUsage(
        `[col #${printable(keyword)} = ...]: # at the end is the number of the column calculated before; there is none`,
      );
    const out = isDropping || !dropsOthers ? fields : fields.filter(({ name }) => kept.has(name));
    return out.findIndex(({ name }) => name === column) + 1;
  }

  const stays = isDropping || !dropsOthers ? fields : fields.filter(({ name }) => kept.has(name));
  if (stays.length === 0) throw badUsage("[col ...] leaves no column");
  fields = [...stays];
  return { fields, names, used, set, drop };
}

function fieldOf(fields: readonly Field[], name: string): Field | undefined {
  const number = /^#(\d+)$/.exec(name)?.[1];
  if (number !== undefined) return fields[Number(number) - 1];
  return (
    fields.find((field) => field.name === name) ??
    fields.find((field) => field.name.toLowerCase() === name.toLowerCase())
  );
}

function matching(fields: readonly Field[], name: string, names: Names): readonly Field[] {
  const found = fields.filter((field) => matcher(name)(field.name));
  if (found.length > 0 || name === "*") return found;
  throw badUsage(
    `[col ${printable(name)}]: there is no column '${printable(name)}'${didYouMean(name, names.columns)}`,
  );
}

/** Each batch is calculated once, whoever asks: sums along the rows count each row once. */
function once(operand: Typed): Typed {
  const done = new WeakMap<Rows, Values>();
  return {
    ...operand,
    evaluate(rows) {
      const values = done.get(rows) ?? operand.evaluate(rows);
      done.set(rows, values);
      return values;
    },
  };
}

/** The column that is written for a field. */
export function writtenColumn(
  { name, column, calculated }: Field,
  copied: WriteColumn | undefined,
): WriteColumn {
  if (!calculated) return { ...copied!, name };
  const code = /^\d*([A-Z])/i.exec(calculated.format)?.[1]?.toUpperCase();
  const none = { I: -(2 ** 15), J: -(2 ** 31), K: -(2n ** 63n) }[code ?? ""];
  const { axes } = calculated.operand;
  const { scale, zero } = column ? scalingOf(column) : { scale: 1, zero: 0 };
  return {
    name,
    format: calculated.format,
    ...(column?.unit !== undefined && { unit: column.unit }),
    ...(column?.display !== undefined && { display: column.display }),
    ...(axes.length > 1 && { dim: `(${axes.join(",")})` }),
    ...(none !== undefined && {
      null: column?.null !== undefined && typeof column.null !== "string" ? column.null : none,
    }),
    ...((scale !== 1 || zero !== 0) && { scale, zero }),
  };
}
