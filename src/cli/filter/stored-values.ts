/**
 * Calculated values as they stand in a column: of its type, rounded and cut as cfitsio writes them.
 */
import type { BatchColumn } from "fitslice/write";
import { isText, nullMarker, numbers, type Typed, texts, type Values } from "../calculator/typed.js";
import { badUsage, Failure } from "../failure.js";
import { printable } from "../output.js";

/** TFORMn of a column for the values of an expression, where none is given. */
export function defaultFormat({ kind, width, length }: Typed): string {
  const letters = { boolean: "L", integer: "J", real: "D", string: "A", bits: "X" } as const;
  return `${kind === "string" || kind === "bits" ? Math.max(1, length) : width}${letters[kind]}`;
}

interface Format {
  readonly repeat: number;
  readonly code: string;
}

function formatOf(text: string, name: string): Format {
  const [, digits = "", code = ""] = /^(\d*)([LXBIJKEDA])$/i.exec(text.trim()) ?? [];
  if (code === "")
    throw badUsage(
      `[col ${printable(name)}(${printable(text)}) = ...]: no format of a calculated column; write L, X, B, I, J, K, E, D or A, with a number of elements: 1E, 3D, 8A`,
    );
  return { repeat: digits === "" ? 1 : Number(digits), code: code.toUpperCase() };
}

const limits: Readonly<Record<string, readonly [low: number, high: number]>> = {
  B: [0, 255],
  I: [-(2 ** 15), 2 ** 15 - 1],
  J: [-(2 ** 31), 2 ** 31 - 1],
  K: [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** An expression whose values are those that its column holds. Throws `Failure` (wrong usage) for a column of another kind. */
export function stored(
  operand: Typed,
  format: string,
  name: string,
  scaling?: { scale: number; zero: number },
): Typed {
  const { repeat, code } = formatOf(format, name);
  const wanted = code === "A" ? "string" : code === "X" ? "bits" : undefined;
  if ((wanted !== undefined || isText(operand)) && operand.kind !== wanted)
    throw badUsage(
      `[col ${printable(name)} = ...]: values of this kind do not go into a column of format ${format}`,
    );
  if (wanted !== undefined)
    return {
      ...operand,
      length: repeat,
      evaluate: (rows) => fitted(operand, repeat, operand.evaluate(rows)),
    };
  if (operand.width !== repeat && operand.width !== 1)
    throw badUsage(
      `[col ${printable(name)}(${format}) = ...]: cells of ${operand.width} elements do not go into cells of ${repeat}`,
    );
  const convert = conversion(code, name, scaling);
  const axes = operand.width === repeat ? operand.axes : [repeat];
  return {
    ...operand,
    kind:
      code === "L"
        ? "boolean"
        : code === "E" || code === "D" || (scaling?.scale !== undefined && scaling.scale !== 1)
          ? "real"
          : "integer",
    axes: repeat === 1 ? [] : axes,
    width: repeat,
    evaluate(rows) {
      const values = operand.evaluate(rows);
      const length = rows.count * repeat;
      const at = operand.width === repeat ? (i: number) => i : (i: number) => Math.floor(i / repeat);
      const result = new Float64Array(length);
      const { mark, marks } = nullMarker(length, undefined);
      for (let i = 0; i < length; i++) {
        const value = values.numbers[at(i)]!;
        if (values.isNull?.[at(i)] || Number.isNaN(value)) mark(i);
        else result[i] = convert(value);
      }
      return numbers(result, marks());
    },
  };
}

function fitted({ kind }: Typed, length: number, { texts: all, isNull }: Values): Values {
  return texts(
    all.map((text) => (kind === "bits" ? text.padEnd(length, "0") : text).slice(0, length)),
    isNull,
  );
}

function conversion(
  code: string,
  name: string,
  scaling: { scale: number; zero: number } | undefined,
): (value: number) => number {
  if (code === "D") return (value) => value;
  if (code === "E") return Math.fround;
  if (code === "L") return (value) => (value === 0 ? 0 : 1);
  const [low, high] = limits[code]!;
  const { scale = 1, zero = 0 } = scaling ?? {};
  return (value) => {
    const scaled = (value - zero) / scale;
    // What is scaled is rounded, so that it reads back as near as can be; else the fraction goes.
    const whole = scale === 1 && zero === 0 ? Math.trunc(scaled) : Math.round(scaled);
    if (whole < low || whole > high)
      throw new Failure(
        1,
        `column '${printable(name)}': ${value} does not go into its format, whose integers are ${low} to ${high}; give it a wider one: ${name}(1D) = ...`,
      );
    return whole * scale + zero;
  };
}

const arrays = {
  L: Uint8Array,
  B: Uint8Array,
  I: Int16Array,
  J: Int32Array,
  E: Float32Array,
  D: Float64Array,
} as const;

function filledArray(code: keyof typeof arrays, length: number, value: (i: number) => number) {
  const array = new arrays[code](length);
  for (let i = 0; i < length; i++) array[i] = value(i);
  return array;
}

/** The chosen rows of a calculated column, for the writer. */
export function writtenValues(
  operand: Typed,
  format: string,
  values: Values,
  rows: readonly number[],
  scaling?: { scale: number; zero: number },
): BatchColumn {
  const code = /^\d*([A-Z])/i.exec(format)![1]!.toUpperCase();
  if (code === "A") return { values: rows.map((row) => (values.isNull?.[row] ? "" : values.texts[row]!)) };
  if (code === "X")
    return {
      values: Uint8Array.from(
        rows.flatMap((row) => Array.from(values.texts[row]!, (bit) => (bit === "1" ? 1 : 0))),
      ),
    };
  const { width } = operand;
  const { scale = 1, zero = 0 } = scaling ?? {};
  const length = rows.length * width;
  const source = (i: number): number => rows[Math.floor(i / width)]! * width + (i % width);
  const plain = (i: number): number => (values.numbers[source(i)]! - zero) / scale;
  const array =
    code === "K"
      ? BigInt64Array.from({ length }, (_, i) => BigInt(Math.round(plain(i))))
      : filledArray(code as keyof typeof arrays, length, plain);
  const { isNull } = values;
  if (!isNull) return { values: array };
  const valid = new Uint8Array(Math.ceil(length / 8));
  for (let i = 0; i < length; i++) if (!isNull[source(i)]) valid[i >> 3]! |= 1 << (i & 7);
  return { values: array, valid };
}
