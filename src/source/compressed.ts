/**
 * Files that are compressed as a whole (.gz, .Z, .bz2, .zst), opened by their content. Loaded when one is met.
 */
import type { StreamDecoder } from "../codec/stream.js";
import { type Compression, compressionOf } from "../hdu/magic.js";
import { type DecompressedOptions, type DecompressedSource, decompressed } from "./decompressed.js";
import type { GzipIndex } from "./index-file.js";
import type { ByteSource } from "./source.js";

export interface CompressedOptions {
  /** Bytes of decompressed data kept. Default 16 MiB. */
  readonly recentBytes?: number | undefined;
  /** What an index knows of a gzip file. */
  readonly index?: GzipIndex | undefined;
}

const formats: Record<Compression, () => Promise<Pick<DecompressedOptions, "format" | "decoder">>> = {
  gzip: async () => ({ format: "gzip", decoder: (await import("../codec/gunzip.js")).gzipDecoder }),
  compress: async () => fresh("compress (.Z)", (await import("../codec/lzw.js")).lzwDecoder),
  bzip2: async () => fresh("bzip2", (await import("../codec/bzip2.js")).bzip2Decoder),
  async zstd() {
    const { loadChecksums, zstdDecoder } = await import("../codec/zstd.js");
    const newChecksum = await loadChecksums();
    return fresh("zstd", () => zstdDecoder(newChecksum));
  },
};

function fresh(
  format: string,
  decoder: () => StreamDecoder,
): Pick<DecompressedOptions, "format" | "decoder"> {
  return { format, decoder: () => decoder() };
}

/**
 * A source over what `source` holds compressed; undefined when `head`, its first bytes, are those of no compressed
 * file. With an index of a gzip file `head` may be empty. Reads as `ByteSource` says, and throws BAD_DATA for a corrupt
 * file, TRUNCATED for one that is cut off, BAD_INDEX where the data contradicts the index.
 */
export async function decompressedSource(
  source: ByteSource,
  head: Uint8Array,
  options: CompressedOptions = {},
): Promise<DecompressedSource | undefined> {
  const { index, recentBytes } = options;
  const compression = index ? "gzip" : compressionOf(head);
  if (!compression) return undefined;
  const format = await formats[compression]();
  return decompressed(source, { ...format, head, recentBytes, ...index });
}
