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
