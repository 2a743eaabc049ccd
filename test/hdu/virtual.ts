/**
 * Files that exist only as headers, and a simulated reader that counts what walking through them would cost.
 */
import { newWalk, type Walk, type WalkOptions, walkPlan } from "../../src/hdu/walk.js";
import type { Plan } from "../../src/read/plan.js";
import type { ByteRange } from "../../src/source/source.js";

/** A file of zeros with headers in it. */
export interface VirtualFile {
  readonly size: number;
  read(range: ByteRange): Uint8Array;
}

export interface VirtualHdu {
  /** Cards of the header, as `keyword: value`. */
  cards: Record<string, string | number | boolean>;
  /** Bytes of the header, padded. */
  headerSize: number;
  dataSize: number;
}

const blocks = (length: number): number => Math.ceil(length / 2880) * 2880;

export function card(keyword: string, value: string | number | boolean): string {
  const shown =
    typeof value === "string"
      ? `'${value.replaceAll("'", "''").padEnd(8)}'`
      : (typeof value === "boolean" ? (value ? "T" : "F") : String(value)).padStart(20);
  return `${keyword.padEnd(8)}= ${shown}`.padEnd(80);
}

export function headerText(cards: VirtualHdu["cards"], size?: number): string {
  const text = Object.entries(cards)
    .map(([k, v]) => card(k, v))
    .join("");
  const total = size ?? blocks(text.length + 80);
  return `${text.padEnd(total - 2800)}END`.padEnd(total);
}

export function virtualFile(hdus: readonly VirtualHdu[]): VirtualFile {
  const headers: { offset: number; bytes: Uint8Array }[] = [];
  let at = 0;
  for (const { cards, headerSize, dataSize } of hdus) {
    headers.push({ offset: at, bytes: new TextEncoder().encode(headerText(cards, headerSize)) });
    at += headerSize + blocks(dataSize);
  }
  return {
    size: at,
    read({ offset, length }) {
      const out = new Uint8Array(Math.max(0, Math.min(length, at - offset)));
      for (const header of headers) {
        const from = Math.max(offset, header.offset);
        const to = Math.min(offset + out.length, header.offset + header.bytes.length);
        if (from < to)
          out.set(header.bytes.subarray(from - header.offset, to - header.offset), from - offset);
      }
      return out;
    },
  };
}

export function image(
  name: string | undefined,
  bitpix: number,
  axes: readonly number[],
  headerSize: number,
): VirtualHdu {
  const cards: VirtualHdu["cards"] = name === undefined ? { SIMPLE: true } : { XTENSION: "IMAGE" };
  cards["BITPIX"] = bitpix;
  cards["NAXIS"] = axes.length;
  for (const [i, n] of axes.entries()) cards[`NAXIS${i + 1}`] = n;
  if (name !== undefined) Object.assign(cards, { PCOUNT: 0, GCOUNT: 1, EXTNAME: name });
  const pixels = axes.length === 0 ? 0 : axes.reduce((a, b) => a * b, 1);
  return { cards, headerSize, dataSize: (pixels * Math.abs(bitpix)) / 8 };
}

export function table(
  name: string,
  rowBytes: number,
  rows: number,
  headerSize: number,
  heap = 0,
): VirtualHdu {
  const cards = {
    XTENSION: "BINTABLE",
    BITPIX: 8,
    NAXIS: 2,
    NAXIS1: rowBytes,
    NAXIS2: rows,
    PCOUNT: heap,
    GCOUNT: 1,
    TFIELDS: 1,
    EXTNAME: name,
  };
  return { cards, headerSize, dataSize: rowBytes * rows + heap };
}

/** What a walk cost: waves of requests one after the other, bytes moved, and how it ended. */
export interface Cost {
  waves: number;
  bytes: number;
  requests: number;
  walk: Walk;
}

/**
 * Walks until `enough`, as the reader with its cache would: every byte is asked for once, every request takes one
 * unit of time, and what is read ahead is under way while the walk goes on.
 */
export function simulate(
  file: VirtualFile,
  options: Omit<WalkOptions, "file" | "enough"> & { knowsSize?: boolean },
  enough: WalkOptions["enough"] = () => false,
): Cost {
  const held: { offset: number; end: number; ready: number }[] = [];
  let now = 0;
  let bytes = 0;
  let requests = 0;
  const ask = (range: ByteRange): number => {
    let ready = now;
    let at = range.offset;
    const end = Math.min(range.offset + range.length, file.size);
    const fetch = (to: number): void => {
      held.push({ offset: at, end: to, ready: now + 1 });
      bytes += to - at;
      requests++;
      ready = Math.max(ready, now + 1);
    };
    for (const piece of held
      .filter((p) => p.offset < end && p.end > range.offset)
      .sort((a, b) => a.offset - b.offset)) {
      if (piece.end <= at) continue;
      if (piece.offset > at) fetch(piece.offset);
      ready = Math.max(ready, piece.ready);
      at = piece.end;
    }
    if (at < end) fetch(end);
    return ready;
  };
  const course = walkPlan(newWalk, {
    ...options,
    file: {
      get size() {
        return now > 0 || options.knowsSize ? file.size : undefined;
      },
    },
    enough,
  })();
  for (let round = course.next(); ; round = course.next()) {
    if (round.done) return { waves: now, bytes, requests, walk: round.value };
    const { ranges, ahead = [], take } = round.value;
    const before = requests;
    const ready = Math.max(now, ...ranges.map(ask));
    // Guesses go along with requests: with none there is nothing to wait for.
    if (requests > before) ahead.forEach(ask);
    now = ready;
    for (const [i, range] of ranges.entries()) take(i, file.read(range));
  }
}

/** The answer of a plan over bytes in memory. */
export function answer<T>(plan: Plan<T>, bytes: Uint8Array): T {
  const course = plan();
  for (let round = course.next(); ; round = course.next()) {
    if (round.done) return round.value;
    const { ranges, take } = round.value;
    for (const [i, { offset, length }] of ranges.entries()) take(i, bytes.subarray(offset, offset + length));
  }
}

/** Walks through all of a file in memory. */
export function walkAll(bytes: Uint8Array, options: WalkOptions = { file: { size: bytes.length } }): Walk {
  return answer(walkPlan(newWalk, { ...options, enough: () => false }), bytes);
}
