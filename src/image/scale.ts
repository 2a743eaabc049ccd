/**
 * From stored values to physical ones: BSCALE, BZERO, BLANK and the unsigned conventions (FITS Standard 4.4.2.5).
 */
import { type Arrays, type DType, highWord, wordsOf } from "../array.js";
import type { Header } from "../header/header.js";

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

/** The scaling that an image's header asks for. Throws WRONG_TYPE when a keyword is no number. */
export function scalingOf(header: Header, rawDtype: DType): Scaling {
  const bscale = header.number("BSCALE") ?? 1;
  const bzero = header.number("BZERO") ?? 0;
  return { bscale, bzero, blank: rawDtype.startsWith("float") ? undefined : blankOf(header) };
}

/** BLANK as an integer, also where it is written as a float (`-32768.`); a fraction equals no stored value. */
function blankOf(header: Header): bigint | undefined {
  const value = header.get("BLANK");
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : undefined;
  return header.bigint("BLANK");
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
