/**
 * The footer of a Parquet file without columns. hyparquet-writer's has lists whose elements are of no type where lists
 * are empty, which arrow-rs does not read.
 */
import type { ParquetWriter, Writer } from "hyparquet-writer";
import { varint } from "./parquet-levels.js";

/** FileMetaData in Thrift's compact protocol (parquet.thrift): the schema's root, row groups of no column, keys. */
export function writeFooter(
  writer: Writer,
  { num_rows, row_groups, kvMetadata = [], createdBy }: ParquetWriter,
): void {
  const groups = row_groups.map((group) => [
    0x19,
    0x0c,
    0x16,
    ...zigzag(0),
    0x16,
    ...wide(group.num_rows),
    0,
  ]);
  const keys = kvMetadata.map(({ key, value = "" }) => [0x18, ...text(key), 0x18, ...text(value), 0]);
  const root = [0x48, ...text("schema"), 0x15, ...zigzag(0), 0];
  const metadata = [
    ...[0x15, ...zigzag(2)],
    ...[0x19, ...list([root])],
    ...[0x16, ...wide(num_rows)],
    ...[0x19, ...list(groups)],
    ...[0x19, ...list(keys)],
    ...[0x18, ...text(createdBy ?? "")],
    0,
  ];
  writer.appendBytes(Uint8Array.from(metadata));
  writer.appendUint32(metadata.length);
  writer.appendBytes(new TextEncoder().encode("PAR1"));
}

/** A list of structs. */
function list(items: readonly (readonly number[])[]): number[] {
  const struct = 12;
  const head = items.length < 15 ? [(items.length << 4) | struct] : [0xf0 | struct, ...varint(items.length)];
  return [...head, ...items.flat()];
}

function zigzag(value: number): number[] {
  return varint(2 * value);
}

function wide(value: bigint): number[] {
  return zigzag(Number(value));
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...varint(bytes.length), ...bytes];
}
