/** Exported bytes read back. */

export async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return new Uint8Array(Buffer.concat(parts));
}

export const textOf = async (chunks: AsyncIterable<Uint8Array>): Promise<string> =>
  new TextDecoder().decode(await bytesOf(chunks));

/** Integers of any kind, and arrays of any kind, made alike. */
export function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value === undefined || value === null) return null;
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : value;
  if (typeof value === "object" && Symbol.iterator in value)
    return Array.from(value as Iterable<unknown>, plain);
  return value;
}

/** Cells so that only equal ones are equal: -0 is not 0, integers of any kind are text, vectors lists. */
export function exact(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value === undefined || value === null) return null;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "object" && Symbol.iterator in value)
    return Array.from(value as Iterable<unknown>, exact);
  return value;
}

/** CSV (RFC 4180) as records of fields. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    if (end === "" && record.length === 0 && !quoted && !bare) break;
    record.push(quoted?.replaceAll('""', '"') ?? bare ?? "");
    if (end === ",") continue;
    records.push(record);
    record = [];
  }
  return records;
}

/** What a reader of float32 makes of numbers in text, which are as short as that allows; the same value for other types. */
export function asStored(value: unknown, dtype: string): unknown {
  if (dtype !== "float32" && dtype !== "complex64") return value;
  if (typeof value === "number") return Math.fround(value);
  return Array.isArray(value) ? value.map((one) => asStored(one, dtype)) : value;
}
