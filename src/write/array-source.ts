/**
 * Arrays in memory as sources of compressed images.
 */
import {
  type Arrays,
  type ArrayView,
  bytesOf,
  bytesPerElement,
  cStrides,
  dtypeOf,
  elementCount,
  ndarray,
} from "../array.js";
import { FitsError } from "../errors.js";
import { type Card, parseCard } from "../header/card.js";
import { type AnyArray, offsetOf } from "./bigendian.js";
import { formatCard } from "./card.js";
import type { CompressSource } from "./compress.js";
import { type Box, boxOf } from "./compress-bands.js";
import { checkPixels, readCards } from "./given.js";
import { noAxes } from "./image.js";

/** The type that FITS stores for each that needs a BZERO. */
const storedType = { int8: "uint8", uint16: "int16", uint32: "int32", uint64: "int64" } as const;

/**
 * An array in memory, of any type, as a source for `compressedHdu`; `cards` are the cards of its header but for the
 * mandatory ones. int8, uint16, uint32 and uint64 get the BZERO of the Standard's convention in place of BSCALE and
 * BZERO among `cards`; of other types the array holds the stored values.
 */
export function arraySource(array: ArrayView, cards: Iterable<Card> = []): CompressSource {
  checkPixels(array, "the image");
  const dtype = dtypeOf(array.data, "the image");
  const { shape } = array;
  if (shape.length === 0) throw noAxes();
  if (array.data.length !== elementCount(shape))
    throw new FitsError(
      "BAD_ARGUMENT",
      `${array.data.length} pixels do not fill the shape [${shape.join(", ")}]`,
    );
  if (cStrides(shape).some((step, axis) => step !== array.stride[axis] && shape[axis] !== 1))
    throw new FitsError(
      "BAD_ARGUMENT",
      "only arrays in C order can be compressed; copy this one into C order first",
    );
  const given = readCards(cards);
  const read = (box: Box): AnyArray => {
    const count = box.map(([start, stop]) => stop - start);
    return boxOf(
      array.data,
      shape,
      box.map(([from]) => from),
      count,
    ) as AnyArray;
  };
  const sizes = (box: Box): number[] => box.map(([start, stop]) => stop - start);
  if (dtype !== "int8" && dtype !== "uint16" && dtype !== "uint32" && dtype !== "uint64") {
    return { cards: given, dtype, shape, read: (box) => ndarray(read(box) as Arrays["int16"], sizes(box)) };
  }
  return {
    cards: offsetCards(given, offsetOf(dtype)!),
    dtype: storedType[dtype],
    shape,
    read: (box) => ndarray(storedOf(read(box), dtype) as Arrays["int16"], sizes(box)),
  };
}

function offsetCards(cards: Iterable<Card>, zero: number | bigint): Card[] {
  const others = [...cards].filter(({ keyword }) => keyword !== "BSCALE" && keyword !== "BZERO");
  const scaling = [
    formatCard({ keyword: "BSCALE", value: 1 }),
    formatCard({ keyword: "BZERO", value: zero, comment: "offset of stored values" }),
  ];
  return [...others, ...scaling.map(parseCard)];
}

/** The stored integers of values whose range BZERO moves by half: their highest bit is another. */
function storedOf(values: AnyArray, dtype: keyof typeof storedType): AnyArray {
  const bytes = new Uint8Array(bytesOf(values));
  const size = bytesPerElement(dtype);
  for (let i = highByte(size); i < bytes.length; i += size) bytes[i]! ^= 0x80;
  const arrays = { int8: Uint8Array, uint16: Int16Array, uint32: Int32Array, uint64: BigInt64Array };
  return new arrays[dtype](bytes.buffer);
}

function highByte(size: number): number {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? size - 1 : 0;
}
