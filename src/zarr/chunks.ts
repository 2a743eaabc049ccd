/**
 * Shapes of chunks. A chunk is one plan, and the plans of chunks that are asked for together are priced together. The shape
 * of a chunk decides how many bytes are read beside the pixels wanted, and how many keys a reader asks for.
 */
import { elementCount } from "../array.js";

/** Elements of a usual chunk of what lies together: half a MiB of 32-bit pixels, sent in about the time of a round trip. */
const usualElements = 2 ** 17;
/** A tile of at least so many elements (256 x 256) is a chunk. Chunks of two such tiles moved 40 % more bytes than the section, for cutouts of 200 x 200 pixels. */
const aloneElements = 2 ** 16;
/** A chunk of more bytes is cut, even where that means to decode a tile for several chunks. */
const mostBytes = 2 ** 28;
/** More chunks than these in one array are too many keys for readers that list them: chunks grow, up to `largeElements`. */
const mostChunks = 2 ** 16;
const largeElements = 2 ** 22;

/**
 * Rows and columns of a chunk of a plain image, about. The rows of a section lie a whole row of the image apart, and gaps of some
 * ten kB are read through sooner than asked for apart: so height costs bytes, and width the decoding of pixels that nobody
 * wants. Of blocks of 32 to 128 rows and 256 to 1024 columns this one was the fastest for cutouts of 200 x 200 pixels.
 */
const blockRows = 64;
const blockColumns = 512;
/**
 * Rows of a chunk of a cube, whose planes are many and not small. A chunk is never deeper than a plane: the chunks of a plane are asked
 * for together and read as one, whatever their size, but a plane out of deep chunks would cost as many planes as these are deep. A
 * spectrum costs one chunk of each plane, so that low chunks move fewer bytes (of 512 planes of 300 x 300 pixels a tenth).
 */
const cubeRows = 32;
const manyPlanes = 8;
const smallPlane = 2 ** 14;

/**
 * The chunks of an image, slowest axis first: whole multiples of its tiles, else blocks of rows and columns, of one plane
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
  const isAlone = elementCount(least) >= aloneElements;
  const usual = isTiled && !isAlone ? grown(least, least, shape, () => usualElements) : least;
  const isTooMany = (chunk: readonly number[]): boolean => chunkCount(shape, chunk) > mostChunks;
  return grown(usual, least, shape, (chunk) => (isTooMany(chunk) ? largeElements : 0));
}

/** How many chunks an array has along each axis. */
export function chunkCounts(shape: readonly number[], chunkShape: readonly number[]): number[] {
  return shape.map((length, axis) => Math.ceil(length / chunkShape[axis]!));
}

function chunkCount(shape: readonly number[], chunkShape: readonly number[]): number {
  return elementCount(chunkCounts(shape, chunkShape));
}

/** Columns, rows and planes for `usualElements`. Beyond a part of a plane, the next plane is too far away. */
function blockOf(shape: readonly number[]): number[] {
  const block = shape.map(() => 1);
  const last = shape.length - 1;
  const planes = elementCount(shape.slice(0, -2));
  if (last > 1 && planes >= manyPlanes && elementCount(shape) > planes * smallPlane) {
    block[last - 1] = evenly(shape[last - 1]!, cubeRows);
    block[last] = evenly(shape[last]!, Math.floor((cubeRows * blockColumns) / block[last - 1]!));
    return block;
  }
  const rows = Math.max(1, Math.min(shape[last - 1] ?? 1, blockRows));
  let elements = 1;
  let isPart = false;
  for (let axis = last; axis >= 0 && !(isPart && axis < last - 1); axis--) {
    const room = Math.floor(usualElements / elements);
    const isWide = axis === last && last > 0;
    const least = isWide ? blockColumns : axis === last - 1 && isPart ? blockRows : room;
    // Where there are few rows, chunks are wider.
    const wanted = isWide ? Math.max(least, Math.floor((blockRows * blockColumns) / rows)) : least;
    block[axis] = evenly(shape[axis]!, wanted);
    isPart ||= block[axis]! < shape[axis]!;
    elements *= block[axis]!;
  }
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
