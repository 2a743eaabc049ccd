/**
 * The array of an HDU whose chunks lie in the file: its description, and where each chunk is.
 */
import { bytesPerElement, elementCount } from "../array.js";
import { FitsError, hduLabel } from "../errors.js";
import type { Fits } from "../fits.js";
import type { HduLayout } from "../hdu/hdu.js";
import type { ImageHdu } from "../hdu/image.js";
import type { TableHdu } from "../hdu/table.js";
import type { Scaling } from "../image/scale.js";
import { lengthAt, offsetAt } from "../image/tiles/tasks.js";
import type { ReadOptions } from "../read/options.js";
import type { ByteRange } from "../source/source.js";
import { imageAttributes, imageScaling } from "./attributes.js";
import { chunkCounts } from "./chunks.js";
import type { ArrayDescription, ZarrFormat } from "./metadata.js";
import { imageDimensions } from "./names.js";
import { type ChunkLimits, chunkRange, type PlainArray, referenceChunks } from "./reference-chunks.js";
import { elementDescription, plainBytes } from "./reference-coding.js";
import { recordsOf } from "./reference-table.js";
import { fullTile, type ReferencedTiles, tilesPlan } from "./reference-tiles.js";
import { refuse } from "./refusal.js";

/** A chunk: its place in the grid of chunks, slowest axis first; and the bytes in the file, or the bytes themselves. */
export interface ReferencedChunk {
  readonly index: readonly number[];
  readonly at: ByteRange | Uint8Array;
}

export interface ReferencedArray {
  readonly description: ArrayDescription;
  chunks(): Iterable<ReferencedChunk>;
}

/** How an HDU is to be referenced. */
export interface ArrayOptions extends ReadOptions, ChunkLimits {
  readonly format: ZarrFormat;
  /** Bytes behind the data of a plain HDU that chunks may read. */
  readonly spare: number;
}

/**
 * The array of an image or a table. Throws UNSUPPORTED for what references cannot say; see `tilesPlan`, `recordsOf` and
 * `elementDescription`.
 *
 * @param layout of the HDU as it stands in the file
 */
export async function referencedArray(
  fits: Fits,
  layout: HduLayout,
  options: ArrayOptions,
): Promise<ReferencedArray> {
  const hdu = await fits.hdu(layout.index, options);
  if (hdu.kind === "table") return tableArray(hdu, options);
  if (hdu.kind === "groups") refuse(hduLabel(hdu), "random groups are records with parameters");
  if (hdu.kind !== "image")
    refuse(hduLabel(hdu), "the extension is of a type that the Standard does not define");
  return layout.type === "COMPRESSED_IMAGE"
    ? tiledArray(fits, layout, hdu, options)
    : plainImage(hdu, options);
}

function plainImage(hdu: ImageHdu, options: ArrayOptions): ReferencedArray {
  const label = hduLabel(hdu);
  const scaling = imageScaling(hdu, hdu.rawDtype);
  const elements = elementDescription(plainBytes(hdu.rawDtype), scaling, hdu.rawDtype, options.format, label);
  return plainArray(
    {
      label,
      shape: hdu.shape,
      itemBytes: bytesPerElement(hdu.rawDtype),
      offset: hdu.dataOffset,
      spare: options.spare,
    },
    {
      ...elements,
      dimensions: dimensionsOf(hdu),
      attributes: { ...imageAttributes(hdu, hdu.rawDtype, "physical"), ...elements.attributes },
    },
    options,
  );
}

function dimensionsOf(hdu: ImageHdu): string[] {
  return imageDimensions(hdu.shape, (axis) => hdu.header.get(`CTYPE${axis}`));
}

function plainArray(
  array: PlainArray,
  description: Omit<ArrayDescription, "shape" | "chunkShape">,
  limits: ChunkLimits,
): ReferencedArray {
  const chunkShape = referenceChunks(array, limits);
  return {
    description: { ...description, shape: array.shape, chunkShape },
    *chunks() {
      for (const index of gridIndices(chunkCounts(array.shape, chunkShape)))
        yield { index, at: chunkRange(array, chunkShape, index) };
    },
  };
}

/** All places of a grid, in C order. */
function* gridIndices(counts: readonly number[]): Generator<number[]> {
  const count = elementCount(counts);
  for (let i = 0; i < count; i++) {
    let rest = i;
    const index = counts.map(() => 0);
    for (let axis = counts.length - 1; axis >= 0; axis--) {
      index[axis] = rest % counts[axis]!;
      rest = Math.floor(rest / counts[axis]!);
    }
    yield index;
  }
}

function tableArray(table: TableHdu, options: ArrayOptions): ReferencedArray {
  const label = hduLabel(table);
  if (options.format === 3) refuse(label, "version 3 of Zarr has no records");
  const { dtype, columns } = recordsOf(table, label);
  return plainArray(
    {
      label,
      shape: [table.rowCount],
      itemBytes: table.shape[1]!,
      offset: table.dataOffset,
      spare: options.spare,
    },
    { type: "uint8", v2: { dtype }, dimensions: ["row"], attributes: { columns } },
    options,
  );
}

async function tiledArray(
  fits: Fits,
  layout: HduLayout,
  hdu: ImageHdu,
  options: ArrayOptions,
): Promise<ReferencedArray> {
  const label = hduLabel(layout);
  if (hdu.shape.length === 0 || hdu.shape.includes(0)) refuse(label, "the image has no pixels");
  const tiles = await fits.run(tilesPlan(layout, fits.size), options);
  const { table, tasks } = tiles;
  const scaling = tiledScaling(hdu, tiles);
  // Codecs give unsigned values where stored ones have been moved.
  const rawDtype = tiles.offset === 0 ? hdu.rawDtype : tiles.bytes.type;
  const elements = elementDescription(tiles.bytes, scaling, rawDtype, options.format, label);
  const { along } = options;
  if (along && along.length % table.tileShape[along.axis]! !== 0)
    refuse(label, `its tiles do not end with axis ${along.axis}, along which other files follow`);
  const inline = await edgeTiles(hdu, tiles, label, options);
  return {
    description: {
      ...elements,
      shape: table.shape,
      chunkShape: table.tileShape,
      dimensions: dimensionsOf(hdu),
      attributes: { ...imageAttributes(hdu, hdu.rawDtype, "physical"), ...elements.attributes },
    },
    *chunks() {
      let i = 0;
      for (const index of gridIndices(table.tileCounts)) {
        yield { index, at: inline.get(i) ?? { offset: offsetAt(tasks, i), length: lengthAt(tasks, i) } };
        i++;
      }
    },
  };
}

/** The scaling of what the codecs give. */
function tiledScaling(hdu: ImageHdu, { offset }: ReferencedTiles): Scaling {
  const { bscale, bzero, blank } = imageScaling(hdu, hdu.rawDtype);
  return {
    bscale,
    bzero: bzero - bscale * offset,
    ...(blank !== undefined && { blank: blank + BigInt(offset) }),
  };
}

/** Most pixels, in bytes, that are decoded to be written into the references; and most bytes that they may take there. */
const mostDecoded = 2 ** 26;
const mostInline = 2 ** 23;

/**
 * Tiles at the edges that are smaller than the others, made as large: readers of Zarr want full chunks. They are decoded, filled up
 * and encoded again, and stand in the references themselves. By their rows in the table of tiles.
 */
async function edgeTiles(
  hdu: ImageHdu,
  tiles: ReferencedTiles,
  label: string,
  options: ReadOptions,
): Promise<Map<number, Uint8Array>> {
  const { shape, tileShape, tileCounts } = tiles.table;
  const rows: number[] = [];
  const sections: [number, number][][] = [];
  let decoded = 0;
  let row = -1;
  for (const index of gridIndices(tileCounts)) {
    row++;
    const section = index.map((at, axis): [number, number] => {
      const start = at * tileShape[axis]!;
      return [start, Math.min(shape[axis]!, start + tileShape[axis]!)];
    });
    if (section.every(([start, stop], axis) => stop - start === tileShape[axis]!)) continue;
    decoded += elementCount(tileShape) * bytesPerElement(hdu.rawDtype);
    if (decoded > mostDecoded) refuse(label, "too many tiles at its edges are smaller than the others");
    rows.push(row);
    sections.push(section);
  }
  const inline = new Map<number, Uint8Array>();
  if (rows.length === 0) return inline;
  const parts = await hdu.sections(sections, { ...options, raw: true });
  let bytes = 0;
  for (const [i, part] of parts.entries()) {
    const tile = await fullTile(tiles, part);
    bytes += tile.length;
    if (bytes > mostInline) refuse(label, "the smaller tiles at its edges take too many bytes");
    inline.set(rows[i]!, tile);
  }
  return inline;
}

/** Bytes of the file behind the data of a plain HDU. Throws TRUNCATED where the file ends before the data. */
export function spareBytes(layout: HduLayout, fileSize: number | undefined): number {
  const { dataOffset, dataSize, truncatedAt } = layout;
  const end = truncatedAt ?? fileSize ?? Number.POSITIVE_INFINITY;
  if (end < dataOffset + dataSize)
    throw new FitsError(
      "TRUNCATED",
      `${hduLabel(layout)}: the file ends at byte ${end}, its data end at byte ${dataOffset + dataSize}; the file is cut short`,
    );
  return fileSize === undefined ? 0 : fileSize - dataOffset - dataSize;
}
