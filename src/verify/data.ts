/**
 * The bytes of a data unit: cells, padding, checksums; read once, in pieces.
 */
import type { Fits } from "../fits.js";
import type { HduLayout } from "../hdu/hdu.js";
import { latin1 } from "../header/scan.js";
import type { ReadOptions } from "../read/options.js";
import { read } from "../read/plan.js";
import { addChecksum, verdictOf } from "../write/checksum.js";
import { cellCheck, type HeapArray } from "./cells.js";
import type { CheckedColumn } from "./columns.js";
import { error, type Subject, warning } from "./finding.js";
import { numberIn } from "./lines.js";

/** Bytes of a piece. */
const pieceBytes = 1456 * 2880;
/** Rows longer than that are not looked into. */
const longestRow = 64 * 2 ** 20;
/** Arrays of the heap that are read at a time, and bytes of them. */
const heapBytes = 16 * 2 ** 20;

/** Reads the data unit of an HDU, and tells what is wrong with the bytes. */
export async function checkData(
  fits: Fits,
  subject: Subject,
  columns: readonly CheckedColumn[],
  options: ReadOptions,
): Promise<void> {
  const { hdu, first } = subject;
  const end = Math.min(hdu.end, fits.size ?? hdu.end);
  const dataEnd = hdu.dataOffset + hdu.dataSize;
  const rowBytes = numberIn(first.get("NAXIS1")) ?? 0;
  const rowCount = numberIn(first.get("NAXIS2")) ?? 0;
  const isTable = columns.length > 0 && rowBytes > 0 && rowBytes <= longestRow;
  const rowsEnd = isTable ? hdu.dataOffset + rowBytes * rowCount : hdu.dataOffset;
  const isSummed = first.has("CHECKSUM") || first.has("DATASUM");
  const heapStart = hdu.dataOffset + (numberIn(first.get("THEAP")) ?? rowBytes * rowCount);
  const check = cellCheck(subject, columns, rowBytes, { size: dataEnd - heapStart });
  const rowsOfPiece = Math.max(1, Math.floor(pieceBytes / Math.max(1, rowBytes)));
  let sum = 0;
  const take = async (offset: number, length: number): Promise<Uint8Array> => {
    const bytes = await readBytes(fits, hdu, offset, length, options);
    if (isSummed) sum = addChecksum(sum, bytes, (offset - hdu.dataOffset) % 4);
    return bytes;
  };
  let at = hdu.dataOffset;
  while (at < Math.min(rowsEnd, end)) {
    const length = Math.min(rowsOfPiece * rowBytes, rowsEnd - at, end - at);
    const bytes = await take(at, length);
    const arrays = check.rows(bytes, (at - hdu.dataOffset) / rowBytes);
    await checkArrays(fits, subject, arrays, heapStart, check.array, options);
    at += length;
  }
  check.finish();
  if (isSummed)
    for (; at < Math.min(dataEnd, end); at += pieceBytes)
      await take(at, Math.min(pieceBytes, dataEnd - at, end - at));
  const padding = dataEnd < end ? await take(dataEnd, end - dataEnd) : new Uint8Array(0);
  const fill = hdu.type === "TABLE" ? 32 : 0;
  if (padding.some((byte) => byte !== fill))
    error(
      subject,
      undefined,
      `the bytes that fill the last block of the data are not all ${fill === 0 ? "0" : "blanks"}`,
      "write the file anew",
    );
  if (isSummed && end === hdu.end) await checkSums(fits, subject, sum, options);
}

async function checkArrays(
  fits: Fits,
  { hdu }: Subject,
  arrays: readonly HeapArray[],
  heapStart: number,
  check: (of: HeapArray, bytes: Uint8Array) => void,
  options: ReadOptions,
): Promise<void> {
  const size = fits.size ?? Number.POSITIVE_INFINITY;
  for (let i = 0; i < arrays.length; ) {
    const batch: HeapArray[] = [];
    for (
      let bytes = 0;
      i < arrays.length && (batch.length === 0 || bytes + arrays[i]!.length <= heapBytes);
      i++
    ) {
      bytes += arrays[i]!.length;
      batch.push(arrays[i]!);
    }
    const ranges = batch
      .filter(({ offset, length }) => length <= heapBytes && heapStart + offset + length <= size)
      .map((array) => ({ array, offset: heapStart + array.offset, length: array.length }));
    if (ranges.length === 0) continue;
    await fits.run(function* () {
      yield {
        label: `heap of HDU ${hdu.index}`,
        ranges: ranges.map(({ offset, length }) => ({ offset, length })),
        keep: false,
        take: (n, bytes) => check(ranges[n]!.array, bytes),
      };
    }, options);
  }
}

async function checkSums(fits: Fits, subject: Subject, sum: number, options: ReadOptions): Promise<void> {
  const { hdu, first } = subject;
  const header = await readBytes(fits, hdu, hdu.headerOffset, hdu.headerSize, options);
  const { datasum, checksum } = verdictOf(header, sum);
  if (datasum === false)
    warning(
      subject,
      first.get("DATASUM"),
      `DATASUM is ${first.get("DATASUM")!.text}, and the data add up to ${sum}`,
      "the data were changed or damaged: get them anew, or sum them anew",
    );
  if (checksum === false)
    warning(
      subject,
      first.get("CHECKSUM"),
      "CHECKSUM does not fit the HDU",
      "the HDU was changed or damaged: get the file anew, or sum it anew",
    );
}

/** Bytes of an HDU: what was asked for, fewer where the file ends. */
export function readBytes(
  fits: Fits,
  hdu: Pick<HduLayout, "index">,
  offset: number,
  length: number,
  options: ReadOptions,
): Promise<Uint8Array> {
  return fits.run(() => read(`HDU ${hdu.index}`, { offset, length }, { keep: false }), options);
}

/** END and what fills the header's last block (3.3.1, 4.4.1.1). */
export function checkEnding(subject: Subject): void {
  const { ending } = subject.hdu.header;
  const number = subject.lines.length + 1;
  const place = { number, keyword: "END" };
  if (ending.slice(3, 80).trimEnd() !== "" || /[^ ]/.test(ending.slice(3, 80)))
    error(subject, place, "END is not followed by blanks in its card", "blank columns 4 to 80");
  if (/[^ ]/.test(ending.slice(80)))
    error(
      subject,
      undefined,
      "the bytes that fill the header's last block are not all blanks",
      "write the file anew",
    );
}

/** The first bytes of what lies behind the last HDU, for a message. */
export function shown(bytes: Uint8Array): string {
  return JSON.stringify(latin1(bytes.subarray(0, 16)).replace(/[^\x20-\x7e]/g, "?"));
}
