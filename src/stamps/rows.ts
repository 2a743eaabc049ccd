/**
 * Stamps of a local file, row by row: a stamp is a hundred short rows, and a system call for each takes less time than what the
 * I/O loop spends on a range (measured: a fifth). Only of pixels that lie in the file as they are.
 */
import {
  allocate,
  bigEndianToNative,
  bytesOf,
  bytesPerElement,
  elementCount,
  type NdArray,
  ndarray,
} from "../array.js";
import type { Grid } from "../cutout/grid.js";
import { isScaled } from "../cutout/pixels.js";
import { FitsError, hduLabel } from "../errors.js";
import type { ImageHdu } from "../hdu/image.js";

/** Reads a local file at once: for threads that have nothing else to do. */
export interface RowFile {
  /** Fills `into` with the bytes from `offset` on; answers with how many there were. */
  read(into: Uint8Array, offset: number): number;
  /** Throws SOURCE_CHANGED where the file is no longer the one that was opened. */
  check(): void;
}

/** Whether the pixels of an image are, as they are wanted, those of its file. */
export function hasPlainRows(image: ImageHdu, raw: boolean): boolean {
  return image.type !== "COMPRESSED_IMAGE" && (raw || !isScaled(image));
}

/** The pixels of a grid that lies inside the image, without steps. Throws TRUNCATED where the file ends before them. */
export function readRows(file: RowFile, image: ImageHdu, { start, count }: Grid): NdArray {
  const { rawDtype, shape } = image;
  const size = bytesPerElement(rawDtype);
  const last = shape.length - 1;
  const width = count[last]!;
  const data = allocate(rawDtype, elementCount(count));
  const bytes = bytesOf(data, 0, data.length);
  let at = 0;
  const walk = (axis: number, before: number): void => {
    const first = before * shape[axis]! + start[axis]!;
    if (axis < last) {
      for (let i = 0; i < count[axis]!; i++) walk(axis + 1, first + i);
      return;
    }
    const row = bytes.subarray(at, at + width * size);
    if (file.read(row, image.dataOffset + first * size) < row.length)
      throw new FitsError(
        "TRUNCATED",
        `${hduLabel(image)}: the file ends before the stamp does; it is cut short`,
      );
    at += row.length;
  };
  walk(0, 0);
  bigEndianToNative(bytes, size);
  return ndarray(data, count);
}
