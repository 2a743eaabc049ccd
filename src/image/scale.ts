/**
 * From stored values to physical ones: BSCALE, BZERO, BLANK and the unsigned conventions (FITS Standard 4.4.2.5).
 */
import { type Arrays, type DType, highWord, wordsOf } from "../array.js";
import { dataNumber, type Header, requireDataNumber } from "../header/header.js";

/** physical = bscale * stored + bzero; integers equal to `blank` are NaN. */
export interface Scaling {
  readonly bscale: number;
  readonly bzero: number;
  /** Stored value of undefined pixels, of integer images only. */
  readonly blank?: bigint | undefined;
}

/** Physical values as they are stored. */
export const unscaled: Scaling = { bscale: 1, bzero: 0 };

const dtypes: Record<number, DType> = {
  8: "uint8",
  16: "int16",
  32: "int32",
  64: "int64",
  [-32]: "float32",
  [-64]: "float64",
};

/** The type of stored values: `bitpix` is one of those that the Standard defines, as in every layout. */
export function dtypeOfBitpix(bitpix: number): DType {
  return dtypes[bitpix]!;
}

/**
 * The scaling that an image's header asks for. Throws BAD_HEADER, naming the HDU by `label`, where BSCALE, BZERO or
 * (of integers) BLANK is there but no number: stored values can still be read.
 */
export function scalingOf(header: Header, rawDtype: DType, label: string): Scaling {
  return {
    bscale: Number(requireDataNumber(header, "BSCALE", label) ?? 1),
    bzero: Number(requireDataNumber(header, "BZERO", label) ?? 0),
    blank: rawDtype.startsWith("float") ? undefined : blankOf(header, "BLANK", label),
  };
}

/**
 * BLANK or ZBLANK as an integer, also where it is written as a float (`-32768.`); a fraction equals no stored value.
 * Throws BAD_HEADER for what is no number.
 */
export function blankOf(header: Header, keyword: "BLANK" | "ZBLANK", label: string): bigint | undefined {
  const value = requireDataNumber(header, keyword, label);
  if (typeof value !== "number") return value;
  return Number.isInteger(value) ? BigInt(value) : undefined;
}

/** What is odd about the keywords that scale an image's pixels, in words: reading physical values may throw. */
export function scalingWarnings(header: Header, bitpix: number): string[] {
  const keywords = bitpix < 0 ? ["BSCALE", "BZERO"] : ["BSCALE", "BZERO", "BLANK"];
  return keywords.flatMap((keyword) => {
    const { value, problem, warning } = dataNumber(header, keyword);
    if (problem !== undefined) return [`${problem}; only the stored values can be read, with raw (--raw)`];
    if (keyword === "BLANK" && typeof value === "number" && !Number.isInteger(value))
      return [`BLANK is ${value}, which no stored value equals; no pixel is blank`];
    return warning === undefined ? [] : [warning];
  });
}

/**
 * The type of physical values. Integers keep theirs when neither scaled nor blanked, become unsigned (8-bit: signed)
 * by the Standard's convention, and float64 otherwise; unscaled floats keep theirs, scaled ones become float64.
 */
export function physicalDtype(rawDtype: DType, scaling: Scaling): DType {
  const { bscale, bzero, blank } = scaling;
  if (bscale !== 1 || blank !== undefined) return "float64";
  if (bzero === 0) return rawDtype;
  const [convention, dtype] = conventions[rawDtype] ?? [];
  return dtype && bzero === convention ? dtype : "float64";
}

const conventions: Partial<Record<DType, readonly [bzero: number, dtype: DType]>> = {
  uint8: [-128, "int8"],
  int16: [2 ** 15, "uint16"],
  int32: [2 ** 31, "uint32"],
  int64: [2 ** 63, "uint64"],
};

/** Whether `scaling` leaves stored values as they are. */
export function isUnscaled({ bscale, bzero, blank }: Scaling): boolean {
  return bscale === 1 && bzero === 0 && blank === undefined;
}

/** Adds half the range of an integer type, modulo the range: flips the highest bit of every value. */
export function flipSigns(array: Arrays[DType], start: number, step: number, count: number): void {
  const words = wordsOf(array);
  const per = words.length / array.length || 1;
  const sign = 2 ** (8 * words.BYTES_PER_ELEMENT - 1);
  let at = start * per + (per - 1) * highWord;
  for (let i = 0; i < count; i++) {
    words[at] = words[at]! ^ sign;
    at += step * per;
  }
}
