/**
 * Shapes of chunks. A chunk is one plan, and the plans of chunks that are asked for together are priced together. The shape
 * of a chunk decides how many bytes are read beside the pixels wanted, and how many keys a reader asks for.
 */
import { elementCount } from "../array.js";

/**
 * Rows of a chunk of a plain image, about. A reader asks for whole chunks, so that a section is read with the rows above and below
 * that share its chunks: as many as a chunk has, less one, on average. Of a section of 200 rows these are 2 % more bytes in chunks of
 * 4 rows, and 30 % in chunks of 64. Columns cost few bytes as a rule: the rows of a section lie a whole row of the image apart, and
 * the gaps are read through sooner than asked for apart.
 */
const usualRows = 4;
/** Tiles of one row that are a chunk together: 4 % more bytes than a section, but fewer would take longer to decode one by one. */
const joinedRows = 8;
/** Most elements of a chunk of a plain image: of 32-bit pixels, 64 KiB, 4 rows of 4096. */
const blockElements = 2 ** 14;
/** Fewer elements than these are not worth a key of their own: narrow chunks are higher. */
const leastElements = 2 ** 11;
/** Several tiles of one row each are a chunk, of at most so many elements. */
const tileRowElements = 2 ** 16;
/** Tiles of fewer elements are joined, whatever their shape. */
const leastTileElements = 2 ** 10;
/** A chunk of more bytes is cut, even where that means to decode a tile for several chunks. */
const mostBytes = 2 ** 28;
/** More chunks than these in one array are too many keys for readers that list them: chunks grow, up to `largeElements`. */
const mostChunks = 2 ** 20;
const largeElements = 2 ** 22;

/**
 * The chunks of an image, slowest axis first: tiles, a few where each is one row; else blocks of rows and columns, of one plane
 * unless planes are small.
 *
 * @param itemBytes bytes of a pixel
 * @param tileShape shape of the tiles of a compressed image
 */
export function imageChunks(
  shape: readonly number[],
  itemBytes: number,
  tileShape?: readonly number[],
): number[] {
  const isTiled = tileShape !== undefined && elementCount(tileShape) * itemBytes <= mostBytes;
  const least = isTiled ? tileShape.map((length) => Math.max(1, length)) : blockOf(shape);
  const usual = isTiled ? grown(least, least, shape, joinedTiles) : least;
  const isTooMany = (chunk: readonly number[]): boolean => chunkCount(shape, chunk) > mostChunks;
  return grown(usual, least, shape, (chunk) => (isTooMany(chunk) ? largeElements : 0));
}

/** Most elements of the chunk to which a chunk of tiles may grow. */
function joinedTiles(chunk: readonly number[]): number {
  return (chunk.at(-2) ?? joinedRows) < joinedRows ? tileRowElements : leastTileElements;
}

/** How many chunks an array has along each axis. */
export function chunkCounts(shape: readonly number[], chunkShape: readonly number[]): number[] {
  return shape.map((length, axis) => Math.ceil(length / chunkShape[axis]!));
}

function chunkCount(shape: readonly number[], chunkShape: readonly number[]): number {
  return elementCount(chunkCounts(shape, chunkShape));
}

/**
 * Whole axes, the fastest first, as far as they fit; where not even a plane does, a part of its rows and columns. A chunk of large planes is
 * never deeper than one: the chunks of a plane are asked for together and read as one, whatever their size, but a plane out of deep chunks
 * would cost as many planes as these are deep.
 */
function blockOf(shape: readonly number[]): number[] {
  const block = shape.map(() => 1);
  const last = shape.length - 1;
  let axis = last;
  let elements = 1;
  for (; axis >= 0 && elements * shape[axis]! <= blockElements; axis--) {
    block[axis] = Math.max(1, shape[axis]!);
    elements *= block[axis]!;
  }
  if (last > 0 && axis >= last - 1) {
    const [height, width] = shape.slice(-2) as [number, number];
    block[last - 1] = evenly(height, Math.max(usualRows, Math.ceil(leastElements / Math.max(1, width))));
    block[last] = evenly(width, Math.floor(blockElements / block[last - 1]!));
  } else if (axis >= 0) block[axis] = evenly(shape[axis]!, Math.floor(blockElements / elements));
  return block;
}

/** The length of a part of an axis, at most `most`: parts of about the same length, so that little is over the edge. */
function evenly(length: number, most: number): number {
  return Math.max(1, Math.ceil(length / Math.max(1, Math.ceil(length / most))));
}

/** The shorter of the two fastest axes that has room; where the plane is full, the fastest axis that has. */
function nextToGrow(chunk: readonly number[], shape: readonly number[]): number | undefined {
  const open = [...chunk.keys()].filter((axis) => chunk[axis]! < shape[axis]!).reverse();
  const [first, second] = open;
  const isInPlane = second !== undefined && second >= shape.length - 2;
  return isInPlane && chunk[second]! < chunk[first!]! ? second : first;
}

/** `chunk` doubled along one axis after the other, in whole units, while `limit` elements allow. */
function grown(
  chunk: readonly number[],
  unit: readonly number[],
  shape: readonly number[],
  limit: (chunk: readonly number[]) => number,
): number[] {
  const larger = [...chunk];
  while (elementCount(larger) * 2 <= limit(larger)) {
    const axis = nextToGrow(larger, shape);
    if (axis === undefined) break;
    const most = Math.ceil(shape[axis]! / unit[axis]!) * unit[axis]!;
    larger[axis] = Math.min(2 * larger[axis]!, most);
  }
  return larger;
}

/** Bytes of rows that a chunk of a table spans, and at least of its widest field. */
const rowSpanBytes = 2 ** 22;
const fieldSpanBytes = 2 ** 18;

/**
 * Rows in each chunk of all columns of a table, so that columns asked for together share what is read: rows are read whole
 * where they are short.
 *
 * @param widest bytes of the widest field
 * @param tileRows rows of a tile of a compressed table
 */
export function rowsPerChunk(rowCount: number, rowBytes: number, widest: number, tileRows = 1): number {
  const byRows = Math.floor(rowSpanBytes / Math.max(1, rowBytes));
  const byField = Math.floor(fieldSpanBytes / Math.max(1, widest));
  const rows = Math.max(tileRows, Math.floor(Math.max(byRows, byField, 1) / tileRows) * tileRows);
  return Math.max(1, Math.min(rowCount, rows));
}
