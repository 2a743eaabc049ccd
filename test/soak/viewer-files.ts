/** Files for the walk of the viewer: too large to be read whole, and which rows of the picture a range of theirs belongs to. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ndarray, open } from "fitslice";
import {
  arraySource,
  compressedHdu,
  fitsBytes,
  formatHeader,
  type HeaderItem,
  imageHdu,
} from "fitslice/write";
import { fileOnDisk, noise, seeded, type VirtualFile } from "../servers/content.js";

export interface WalkFile {
  readonly path: string;
  readonly content: VirtualFile;
  /** Of the image that is shown first. */
  readonly width: number;
  readonly height: number;
  readonly planes: number;
  /** The rows, half-open, that bytes from `offset` on hold pixels of, whatever the plane; undefined for other bytes. */
  rowsOf(offset: number, length: number): readonly [from: number, to: number] | undefined;
  /** Bytes that move until the first of them may have made room for others. */
  readonly heldBytes: number;
}

const blockSize = 2880;
/** What a viewer keeps of a file is 128 MB, of which the last reads may hold some. */
const kept = 100e6;

/** All files; those that have to exist lie in `folder`. */
export async function walkFiles(folder: string): Promise<readonly WalkFile[]> {
  return [
    mosaicFile(),
    plainFile("/hst.fits", [4421, 4223], 3),
    plainFile("/cube.fits", [64, 1200, 1100]),
    await rowsFile(folder),
    await compressedFile("/tiles.fits.fz", folder, [6000, 6000], [256, 256]),
  ];
}

/** A mosaic of 6.4 GB. */
export function mosaicFile(): WalkFile {
  return plainFile("/mosaic.fits", [40_000, 40_000]);
}

/** A large image whose rows are compressed each. */
export function rowsFile(folder: string): Promise<WalkFile> {
  return compressedFile("/rows.fits.fz", folder, [10_000, 10_000], [1, 10_000]);
}

/** float32 images of one shape, one after the other. Each row is a piece of one block of noise: nothing else is in memory. */
function plainFile(path: string, shape: readonly number[], images = 1): WalkFile {
  const [height, width] = shape.slice(-2) as [number, number];
  const planes = shape.length > 2 ? shape[0]! : 1;
  const headers = Array.from({ length: images }, (_, i) => headerOf(shape, i));
  const rowBytes = width * 4;
  const dataBytes = planes * height * rowBytes;
  const hduBytes = blockSize + Math.ceil(dataBytes / blockSize) * blockSize;
  const pixels = noisePixels();
  const read = (offset: number, length: number): Uint8Array => {
    const out = new Uint8Array(length);
    for (let at = 0, next: number; at < length; at = next) {
      const hdu = Math.floor((offset + at) / hduBytes);
      const inHdu = offset + at - hdu * hduBytes;
      if (inHdu < blockSize) {
        next = Math.min(length, at + blockSize - inHdu);
        out.set(headers[hdu]!.subarray(inHdu, inHdu + next - at), at);
        continue;
      }
      const row = Math.floor((inHdu - blockSize) / rowBytes);
      const inRow = inHdu - blockSize - row * rowBytes;
      next = Math.min(length, at + rowBytes - inRow);
      if (row < planes * height) copyNoise(pixels, row * 7919 * 4 + inRow, out.subarray(at, next));
    }
    return out;
  };
  return {
    path,
    content: { size: images * hduBytes, read },
    width,
    height,
    planes,
    heldBytes: kept,
    rowsOf(offset, length) {
      const first = Math.floor((offset - blockSize) / rowBytes);
      const last = Math.floor((offset + length - 1 - blockSize) / rowBytes);
      if (first < 0 || last >= planes * height) return undefined;
      return Math.floor(first / height) === Math.floor(last / height)
        ? [first % height, (last % height) + 1]
        : undefined;
    },
  };
}

function headerOf(shape: readonly number[], index: number): Uint8Array {
  const axes = shape.toReversed();
  const items: HeaderItem[] = [
    index === 0 ? { keyword: "SIMPLE", value: true } : { keyword: "XTENSION", value: "IMAGE" },
    { keyword: "BITPIX", value: -32 },
    { keyword: "NAXIS", value: axes.length },
    ...axes.map((value, i) => ({ keyword: `NAXIS${i + 1}`, value })),
    ...(index === 0
      ? [{ keyword: "EXTEND", value: true }]
      : [
          { keyword: "PCOUNT", value: 0 },
          { keyword: "GCOUNT", value: 1 },
        ]),
    { keyword: "CTYPE1", value: "RA---TAN" },
    { keyword: "CTYPE2", value: "DEC--TAN" },
    { keyword: "CRVAL1", value: 150.1 },
    { keyword: "CRVAL2", value: 2.2 },
    { keyword: "CRPIX1", value: axes[0]! / 2 },
    { keyword: "CRPIX2", value: axes[1]! / 2 },
    { keyword: "CDELT1", value: -1e-5 },
    { keyword: "CDELT2", value: 1e-5 },
  ];
  return formatHeader(items);
}

/** A megabyte of float32, big-endian: a sky with a star now and then. */
function noisePixels(): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(1 << 20));
  const random = seeded(5);
  for (let at = 0; at < bytes.byteLength; at += 4)
    bytes.setFloat32(at, random() + random() + random() + (random() > 0.999 ? 50 * random() : 0));
  return new Uint8Array(bytes.buffer);
}

function copyNoise(pixels: Uint8Array, from: number, out: Uint8Array): void {
  for (let at = 0; at < out.length; ) {
    const start = (from + at) % pixels.length;
    const part = pixels.subarray(start, Math.min(pixels.length, start + out.length - at));
    out.set(part, at);
    at += part.length;
  }
}

/** An int16 image, compressed by RICE. */
async function compressedFile(
  path: string,
  folder: string,
  shape: readonly [number, number],
  tile: readonly [number, number],
): Promise<WalkFile> {
  const [height, width] = shape;
  const pixels = new Int16Array(height * width);
  const grains = noise(1 << 20);
  for (let i = 0; i < pixels.length; i++) pixels[i] = 1000 + (grains[i % 1_048_573]! >> 3) + (i % width) / 50;
  const place = join(folder, path.slice(1));
  const hdu = compressedHdu(arraySource(ndarray(pixels, shape)), { algorithm: "rice", tile });
  writeFileSync(place, await fitsBytes([imageHdu({}), hdu]));
  const fits = await open(place);
  const { dataOffset, dataSize } = (await fits.layouts())[1]!;
  await fits.close();
  const content = fileOnDisk(place);
  const compression = (pixels.length * 2) / dataSize;
  const descriptors = Math.ceil(height / tile[0]) * Math.ceil(width / tile[1]) * 8;
  return {
    path,
    content,
    width,
    height,
    planes: 1,
    heldBytes: kept / compression,
    rowsOf(offset, length) {
      const heap = dataOffset + descriptors;
      if (offset < heap) return undefined;
      // Tiles of noise are about as long, one as the other, and lie in order.
      const rowAt = (at: number): number => ((at - heap) / (dataSize - descriptors)) * height;
      const slack = tile[0] + height / 50;
      return [Math.floor(rowAt(offset) - slack), Math.ceil(rowAt(offset + length) + slack)];
    },
  };
}
