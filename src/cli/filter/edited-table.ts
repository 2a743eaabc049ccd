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
  const editor = new Editor(table);
  for (const clause of clauses.flatMap(columnClauses)) editor.apply(clause);
  return editor.done();
}

/** What clauses have made of a table so far. */
class Editor {
  readonly #header: TableHdu["header"];
  readonly #original: readonly Field[];
  #fields: readonly Field[];
  readonly #used = new Set<Column>();
  readonly #set: CardEdit[] = [];
  readonly #drop: string[] = [];
  readonly #names: Names;
  /** The columns that stay, where only those named do. */
  readonly #kept = new Set<string>();
  #dropsOthers = false;
  #isDropping = false;
  /** The column that was calculated last. */
  #last: string | undefined;

  constructor({ columns, header }: TableHdu) {
    this.#header = header;
    this.#original = columns.map((column) => ({ name: column.name, column }));
    this.#fields = this.#original;
    this.#names = this.#namesNow();
  }

  apply(clause: ColumnClause): void {
    switch (clause.kind) {
      case "keep":
        this.#dropsOthers = true;
        for (const { name } of matching(this.#fields, clause.name, this.#names)) this.#kept.add(name);
        return;
      case "drop":
        this.#isDropping = true;
        this.#dropNamed(clause.name);
        return;
      case "rename":
        if (clause.from.startsWith("#") || clause.name.startsWith("#")) this.#renameKeyword(clause);
        else this.#rename(clause);
        return;
      case "compute":
        this.#dropsOthers = true;
        this.#last = this.#compute(clause);
        this.#kept.add(this.#last);
        return;
      case "keyword":
        this.#setKeyword(clause);
        return;
    }
  }

  /** The table that comes out. Throws `Failure` (wrong usage) for one without columns. */
  done(): EditedTable {
    this.#fields = this.#staying();
    if (this.#fields.length === 0) throw badUsage("[col ...] leaves no column");
    return {
      fields: this.#fields,
      names: this.#names,
      used: this.#used,
      set: this.#set,
      drop: this.#drop,
    };
  }

  /** What expressions find by a name, whenever they are compiled. */
  #namesNow(): Names {
    const fields = (): readonly Field[] => this.#fields;
    const original = this.#original;
    return {
      get columns() {
        return [...new Set([...fields(), ...original].map(({ name }) => name))];
      },
      column: (name) => {
        const field = fieldOf(fields(), name) ?? fieldOf(original, name);
        return field && this.#operandOf(field);
      },
      keyword: (name) => {
        const own = this.#set.findLast(({ keyword }) => keyword === name.toUpperCase())?.value;
        const value = own ?? this.#header.get(name.toUpperCase());
        return value === null || value === undefined || typeof value === "object"
          ? undefined
          : (value as string | number | bigint | boolean);
      },
    };
  }

  #operandOf(field: Field): Typed {
    if (field.calculated) return field.calculated.operand;
    this.#used.add(field.column!);
    return columnOperand(field.column!);
  }

  #staying(): readonly Field[] {
    if (this.#isDropping || !this.#dropsOthers) return this.#fields;
    return this.#fields.filter(({ name }) => this.#kept.has(name));
  }

  #dropNamed(text: string): void {
    const isMeant = matcher(text);
    if (!text.startsWith("#") && this.#fields.some(({ name }) => isMeant(name)))
      this.#fields = this.#fields.filter(({ name }) => !isMeant(name));
    else this.#dropKeyword(text.replace(/^#/, ""));
  }

  #dropKeyword(name: string): void {
    if (![...this.#header].some(({ keyword }) => matcher(name)(keyword)))
      throw badUsage(
        `[col -${printable(name)}]: no column and no keyword of this name${didYouMean(name, this.#names.columns)}`,
      );
    this.#drop.push(name.toUpperCase());
  }

  #renameKeyword({ name, from }: Extract<ColumnClause, { kind: "rename" }>): void {
    const [key, old] = [name, from].map((text) => text.replace(/^#/, "").toUpperCase()) as [string, string];
    const value = this.#header.get(old);
    if (value === undefined)
      throw badUsage(`[col #${printable(key)}==${printable(old)}]: the header has no ${printable(old)}`);
    this.#set.push({ keyword: key, value: value as NonNullable<CardEdit["value"]> });
    this.#drop.push(old);
  }

  #rename({ name, from }: Extract<ColumnClause, { kind: "rename" }>): void {
    const clause = `[col ${printable(name)}==${printable(from)}]`;
    const field = fieldOf(this.#fields, from);
    if (!field)
      throw badUsage(
        `${clause}: there is no column '${printable(from)}'${didYouMean(from, this.#names.columns)} (NEW == OLD renames)`,
      );
    if (this.#fields.some((other) => other !== field && other.name.toLowerCase() === name.toLowerCase()))
      throw badUsage(`${clause}: there is a column '${printable(name)}' already`);
    this.#fields = this.#fields.map((other) => (other === field ? { ...field, name } : other));
    this.#dropsOthers = true;
    this.#kept.delete(field.name);
    this.#kept.add(name);
  }

  /** Calculates a column, a new one or one that is there; answers with its name. */
  #compute({ name, format, expression }: Extract<ColumnClause, { kind: "compute" }>): string {
    const there = fieldOf(this.#fields, name);
    const result = compileExpression(expression, this.#names);
    const given = format ?? there?.column?.format ?? there?.calculated?.format ?? defaultFormat(result);
    const column = there?.column;
    const scaling = column && format === undefined ? scalingOf(column) : undefined;
    const operand = stored(result, given, name, scaling);
    const calculated = { operand: once(operand), format: given };
    const field: Field = { name: there?.name ?? name, ...(column && { column }), calculated };
    this.#fields = there
      ? this.#fields.map((other) => (other === there ? field : other))
      : [...this.#fields, field];
    return field.name;
  }

  #setKeyword({ name, comment, expression }: Extract<ColumnClause, { kind: "keyword" }>): void {
    const keyword = name.endsWith("#") ? `${name.slice(0, -1)}${this.#numberOfLast(name)}` : name;
    const value = compileExpression(expression, this.#names);
    if (!value.isConstant)
      throw badUsage(
        `[col #${printable(name)} = ${printable(expression)}]: a keyword has one value; this one is another in each row`,
      );
    this.#set.push({ keyword, value: constant(value), ...(comment !== undefined && { comment }) });
  }

  /** The number that the column calculated last gets, for `TUNIT#`. */
  #numberOfLast(keyword: string): number {
    if (this.#last === undefined)
      throw badUsage(
        `[col #${printable(keyword)} = ...]: # at the end is the number of the column calculated before; there is none`,
      );
    return this.#staying().findIndex(({ name }) => name === this.#last) + 1;
  }
}

/** The value of an operand that has one, whatever the row. */
function constant(value: Typed): string | number | boolean {
  const { numbers, texts } = value.evaluate({
    count: 1,
    first: 0,
    values: () => ({ numbers, texts, isNull: undefined }),
  });
  if (value.kind === "string" || value.kind === "bits") return texts[0]!;
  return value.kind === "boolean" ? numbers[0] === 1 : numbers[0]!;
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
