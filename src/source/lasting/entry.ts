/**
 * Entries of a cache that lasts: parts of one block of an object, in a form that tells by itself whose they are and
 * whether they are whole. Nothing is believed of an entry that says otherwise.
 *
 * Layout (little-endian): 8 bytes that name the format, 32 bytes key, 32 bytes SHA-256 of all that follows, the number of
 * parts, offset and length of each part in the block (32 bits each), then the bytes of the parts.
 */
import type { ByteRange } from "../source.js";

/** Bytes of a block: the first read of a file (`blockSize`) is one block. */
export const blockBytes: number = 128 * 1024;

/** Bytes of a block, from `offset` of the block on. */
export interface Part {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const magic = new TextEncoder().encode("fscache1");
const sumAt = 40;
const countAt = 72;
const tableAt = 76;
/** A block in more parts is not worth its table: only the parts that came last are kept. */
const mostParts = 1024;

/** Bytes at the beginning of an entry that hold all but the bytes of its parts. */
export const headBytes: number = tableAt + 8 * mostParts;

/** Bytes of the largest entry. */
export const mostEntryBytes: number = headBytes + blockBytes;

/** SHA-256 as 64 hexadecimal digits, by which an entry is known. */
export async function nameOf(...words: readonly (string | number)[]): Promise<string> {
  return hex(await digest(new TextEncoder().encode(JSON.stringify(words))));
}

/** The entry of the name `name` with these parts, which are sorted and do not overlap. */
export async function encodeEntry(name: string, parts: readonly Part[]): Promise<Uint8Array<ArrayBuffer>> {
  const bodyAt = tableAt + 8 * parts.length;
  const entry = new Uint8Array(parts.reduce((end, { bytes }) => end + bytes.length, bodyAt));
  const view = new DataView(entry.buffer);
  entry.set(magic);
  entry.set(bytesOfHex(name), magic.length);
  view.setUint32(countAt, parts.length, true);
  let at = bodyAt;
  for (const [i, { offset, bytes }] of parts.entries()) {
    view.setUint32(tableAt + 8 * i, offset, true);
    view.setUint32(tableAt + 8 * i + 4, bytes.length, true);
    entry.set(bytes, at);
    at += bytes.length;
  }
  entry.set(await digest(entry.subarray(countAt)), sumAt);
  return entry;
}

/** The parts of an entry; undefined where it is damaged, or of another name. */
export async function decodeEntry(name: string, entry: Uint8Array<ArrayBuffer>): Promise<Part[] | undefined> {
  const extents = extentsOf(name, entry);
  if (!extents) return undefined;
  const sum = await digest(entry.subarray(countAt));
  if (!sum.every((byte, i) => byte === entry[sumAt + i])) return undefined;
  let at = tableAt + 8 * extents.length;
  const parts = extents.map(({ offset, length }) => ({ offset, bytes: entry.subarray(at, (at += length)) }));
  return at === entry.length ? parts : undefined;
}

/** Where the parts of an entry lie in the block, by the head of the entry, unchecked but for its form. */
export function extentsOf(name: string, head: Uint8Array): ByteRange[] | undefined {
  if (head.length < tableAt) return undefined;
  const mine = [...magic, ...bytesOfHex(name)];
  if (!mine.every((byte, i) => byte === head[i])) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const count = view.getUint32(countAt, true);
  if (count > mostParts || tableAt + 8 * count > head.length) return undefined;
  const extents: ByteRange[] = [];
  let end = 0;
  for (let i = 0; i < count; i++) {
    const offset = view.getUint32(tableAt + 8 * i, true);
    const length = view.getUint32(tableAt + 8 * i + 4, true);
    if (offset < end || offset + length > blockBytes) return undefined;
    end = offset + length;
    extents.push({ offset, length });
  }
  return extents;
}

/** All these parts of one block, sorted, joined where they touch; of the same bytes, those that come last count. */
export function joined(parts: readonly Part[]): Part[] {
  const block = new Uint8Array(blockBytes);
  for (const { offset, bytes } of parts) block.set(bytes, offset);
  const sorted = [...parts].sort((a, b) => a.offset - b.offset);
  const extents: { offset: number; end: number }[] = [];
  for (const { offset, bytes } of sorted) {
    const last = extents.at(-1);
    const end = offset + bytes.length;
    if (last && offset <= last.end) last.end = Math.max(last.end, end);
    else extents.push({ offset, end });
  }
  if (extents.length > mostParts) return parts.length > 1 ? joined(parts.slice(parts.length >> 1)) : [];
  return extents.map(({ offset, end }) => ({ offset, bytes: block.subarray(offset, end) }));
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOfHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}
