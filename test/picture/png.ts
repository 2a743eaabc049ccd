/**
 * Reads PNG files back, by another's decoder.
 */
import { type DecodedPng, decode } from "fast-png";

/** The picture in the pieces of a PNG file. Checksums are held against the data. */
export async function decoded(pieces: AsyncIterable<Uint8Array>): Promise<DecodedPng> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return decode(new Uint8Array(Buffer.concat(all)), { checkCrc: true });
}
