/**
 * Opens a file that is compressed as a whole (.gz, .Z, .bz2, .zst): the format is told from the file's first bytes.
 */
import { type Compression, compressionOf } from "../../codec/magic.js";
import type { StreamDecoder } from "../../codec/stream.js";
import { FitsError } from "../../errors.js";
import type { ByteSource } from "../source.js";
import type { GzipIndex } from "./checkpoints.js";
import { type DecompressedOptions, type DecompressedSource, decompressed } from "./decompressed.js";

export interface CompressedOptions {
  /** Bytes of decompressed data kept. Default 16 MiB. */
  readonly recentBytes?: number | undefined;
  /** What an index knows of a gzip file. */
  readonly index?: GzipIndex | undefined;
}

type Format = Pick<DecompressedOptions, "format" | "decoder">;

const formats: Record<Compression, () => Promise<Format>> = {
  async gzip() {
    return { format: "gzip", decoder: (await import("../../codec/gunzip.js")).gzipDecoder };
  },
  async compress() {
    return fromStart("compress (.Z)", (await import("../../codec/lzw.js")).lzwDecoder);
  },
  async bzip2() {
    return fromStart("bzip2", (await import("../../codec/bzip2.js")).bzip2Decoder);
  },
  async zstd() {
    const { loadChecksums, zstdDecoder } = await import("../../codec/zstd.js");
    const newChecksum = await loadChecksums();
    return fromStart("zstd", () => zstdDecoder(newChecksum));
  },
};

/** A format without checkpoints. */
function fromStart(format: string, decoder: () => StreamDecoder): Format {
  return { format, decoder: () => decoder() };
}

/** A file may be compressed so many times over: a `.fits.gz` gzipped once more is met, deeper ones are hostile. */
const MOST_LAYERS = 3;

/**
 * A source over the contents of `source`, a compressed file that begins with `head`. The contents may be a compressed
 * file in turn: the caller looks at their first bytes, and opens the next layer with them in the same way. With the
 * index of a gzip file `head` may be empty.
 *
 * Reads as `ByteSource` says, and throws BAD_DATA for a corrupt file, TRUNCATED for a file that is cut off, BAD_INDEX
 * where the data contradicts the index. Rejects with BAD_ARGUMENT for bytes of no compressed file, with UNSUPPORTED for
 * a file that is compressed more than three times over.
 */
export async function decompressedSource(
  source: ByteSource,
  head: Uint8Array,
  options: CompressedOptions = {},
): Promise<DecompressedSource> {
  const { index, recentBytes } = options;
  const compression = index ? "gzip" : compressionOf(head);
  if (!compression) throw new FitsError("BAD_ARGUMENT", `${source.href} does not begin as a compressed file`);
  if (layersOf(source) >= MOST_LAYERS) {
    throw new FitsError(
      "UNSUPPORTED",
      `${source.href} is compressed more than ${MOST_LAYERS} times over; decompress it first`,
    );
  }
  const format = await formats[compression]();
  return decompressed(source, { ...format, head, recentBytes, ...index });
}

/** How many layers of compression `source` has undone already. */
function layersOf(source: ByteSource): number {
  let layers = 0;
  for (let at = source; isDecompressed(at); at = at.compressed) layers++;
  return layers;
}

/** Whether a source answers with the contents of a compressed file. */
export function isDecompressed(source: ByteSource): source is DecompressedSource {
  return "compressed" in source;
}
