/**
 * Values of expressions: typed arrays for the rows of a batch, and the types that are known before any row is read.
 */

/** cfitsio's types: its LONG is exact here up to 2^53, beyond which an integer is refused. */
export type Kind = "boolean" | "integer" | "real" | "string" | "bits";

/** Values of some rows, those of one row side by side. Booleans are 1 and 0; bits are strings of 0 and 1. */
export interface Values {
  readonly numbers: Float64Array;
  readonly texts: readonly string[];
  /** 1 where a value is null; absent where none is. */
  readonly isNull: Uint8Array | undefined;
}

/** The rows that an expression is evaluated for. */
export interface Rows {
  readonly count: number;
  /** Number of the first row in the table, from 0. */
  readonly first: number;
  /** The values of the column of this index. */
  values(column: number): Values;
}

/** An expression whose type is known. */
export interface Typed {
  readonly kind: Kind;
  /** Axes of one value, the fastest first; none for a single one. Bits and strings are single. */
  readonly axes: readonly number[];
  /** Elements of one value: the product of `axes`. */
  readonly width: number;
  /** Characters of the longest string, or bits of a bit string. */
  readonly length: number;
  /** The same in all rows. */
  readonly isConstant: boolean;
  evaluate(rows: Rows): Values;
}

const noTexts: readonly string[] = [];
const noNumbers = new Float64Array(0);

export function numbers(values: Float64Array, isNull?: Uint8Array): Values {
  return { numbers: values, texts: noTexts, isNull };
}

export function texts(values: readonly string[], isNull?: Uint8Array): Values {
  return { numbers: noNumbers, texts: values, isNull };
}

export function isText({ kind }: Pick<Typed, "kind">): boolean {
  return kind === "string" || kind === "bits";
}

/** What the result of an elementwise operation is like: its axes are those of the operand that has more elements. */
export function likeWidest(kind: Kind, operands: readonly Typed[]): Omit<Typed, "evaluate"> {
  const widest = operands.reduce((a, b) => (b.width > a.width ? b : a));
  return {
    kind,
    axes: widest.axes,
    width: widest.width,
    length: 1,
    isConstant: operands.every(({ isConstant }) => isConstant),
  };
}

/** Of each element of a result of `width` elements a row, which element of an operand of `own` elements goes with it. */
export function elementOf(own: number, width: number): (i: number) => number {
  return own === width ? (i) => i : (i) => Math.floor(i / width);
}

/** Where any of the operands is null. */
export function anyNull(operands: readonly Typed[], values: readonly Values[], width: number, count: number) {
  const nullable = operands.flatMap((operand, k) => {
    const { isNull } = values[k]!;
    return isNull ? [{ isNull, at: elementOf(operand.width, width) }] : [];
  });
  if (nullable.length === 0) return undefined;
  const result = new Uint8Array(count * width);
  for (const { isNull, at } of nullable)
    for (let i = 0; i < result.length; i++) if (isNull[at(i)]) result[i] = 1;
  return result;
}

/** Marks an element as null, in an array that is made for the first one. */
export function nullMarker(length: number, isNull: Uint8Array | undefined) {
  let marks = isNull;
  return {
    mark(i: number): void {
      marks ??= new Uint8Array(length);
      marks[i] = 1;
    },
    marks: (): Uint8Array | undefined => marks,
  };
}
