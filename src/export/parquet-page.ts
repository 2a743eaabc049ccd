/**
 * Column chunks of Parquet straight from columnar values: a page of values, and one of a dictionary where values come
 * again and again. No object is made for any value. hyparquet-writer, which takes a value at a time at a tenth of the
 * speed, writes the file around these chunks.
 */
import type { ColumnChunk, SchemaElement, Statistics } from "hyparquet";
import type { ColumnData } from "../table/data.js";
import { levelsOf, varint } from "./parquet-levels.js";
import { statisticsOf } from "./parquet-statistics.js";
import { type Dictionary, dictionaryOf, leafOf, plainOf } from "./parquet-values.js";

export interface ChunkTarget {
  readonly offset: number;
  appendBytes(bytes: Uint8Array): void;
}

/** How a chunk stands in the schema. */
export interface ChunkPlace {
  /** Names from the column down to its values. */
  readonly path: readonly string[];
  readonly element: SchemaElement;
  /** Compresses pages; absent for none. */
  readonly compress?: ((bytes: Uint8Array) => Uint8Array) | undefined;
}

/** Writes the values of a column as one chunk. */
export function writeChunk(target: ChunkTarget, data: ColumnData, place: ChunkPlace): ColumnChunk {
  const { entries, bytes: levels } = levelsOf(data, place.element.repetition_type === "OPTIONAL");
  const leaf = leafOf(data);
  const plain = plainOf(leaf);
  const dictionary = dictionaryOf(plain);
  // Floats hardly ever get shorter by Snappy.
  const isFloat = leaf.kind === "complex" || leaf.dtype === "float32" || leaf.dtype === "float64";
  return writePages(
    target,
    {
      entries,
      body: join([...levels, dictionary?.indices ?? plain.bytes]),
      dictionary,
      statistics: statisticsOf(leaf, entries - plain.count),
    },
    isFloat && !dictionary ? { ...place, compress: undefined } : place,
  );
}

/** What a chunk holds: levels of lists and nulls with the values behind them, and perhaps their dictionary. */
interface Chunk {
  /** Entries, nulls and empty lists included. */
  readonly entries: number;
  readonly body: Uint8Array;
  readonly dictionary: Dictionary | undefined;
  readonly statistics: Statistics;
}

function writePages(target: ChunkTarget, chunk: Chunk, { path, element, compress }: ChunkPlace): ColumnChunk {
  const { entries, body, dictionary, statistics } = chunk;
  const plainBodies = dictionary ? [dictionary.bytes, body] : [body];
  const shorter = compress && plainBodies.map(compress);
  const isShorter = shorter !== undefined && total(shorter) < total(plainBodies);
  const bodies = isShorter ? shorter : plainBodies;
  const start = target.offset;
  const offsets: number[] = [];
  let headers = 0;
  for (const [i, written] of bodies.entries()) {
    const sizes = [plainBodies[i]!.length, written.length] as const;
    const isDictionary = dictionary !== undefined && i === 0;
    const header = isDictionary
      ? dictionaryHeader(dictionary.entries, sizes)
      : dataHeader(entries, sizes, dictionary ? rleDictionary : plain);
    offsets.push(target.offset);
    headers += header.length;
    target.appendBytes(header);
    target.appendBytes(written);
  }
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: element.type!,
      encodings: dictionary ? ["PLAIN", "RLE", "RLE_DICTIONARY"] : ["PLAIN", "RLE"],
      path_in_schema: [...path],
      codec: isShorter ? "SNAPPY" : "UNCOMPRESSED",
      num_values: BigInt(entries),
      total_uncompressed_size: BigInt(headers + total(plainBodies)),
      total_compressed_size: BigInt(headers + total(bodies)),
      data_page_offset: BigInt(offsets.at(-1)!),
      ...(dictionary && { dictionary_page_offset: BigInt(start) }),
      statistics,
    },
  };
}

const plain = 0;
const rle = 3;
const rleDictionary = 8;
const dataPage = 0;
const dictionaryPage = 2;

type Sizes = readonly [uncompressed: number, compressed: number];

/** PageHeader of a data page, version 1, in Thrift's compact protocol (parquet.thrift). */
function dataHeader(entries: number, sizes: Sizes, encoding: number): Uint8Array {
  return Uint8Array.from([
    ...opening(dataPage, sizes),
    ...[0x2c, ...field(entries), ...field(encoding), ...field(rle), ...field(rle)],
    ...[0, 0],
  ]);
}

/** PageHeader of a dictionary page. */
function dictionaryHeader(entries: number, sizes: Sizes): Uint8Array {
  return Uint8Array.from([
    ...opening(dictionaryPage, sizes),
    ...[0x4c, ...field(entries), ...field(plain)],
    ...[0, 0],
  ]);
}

function opening(type: number, [uncompressed, compressed]: Sizes): number[] {
  return [...field(type), ...field(uncompressed), ...field(compressed)];
}

/** The next field of a struct, a 32-bit integer that is not negative. */
function field(value: number): number[] {
  return [0x15, ...varint(value * 2)];
}

function total(parts: readonly Uint8Array[]): number {
  return parts.reduce((n, { length }) => n + length, 0);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(total(parts));
  let to = 0;
  for (const part of parts) {
    out.set(part, to);
    to += part.length;
  }
  return out;
}
