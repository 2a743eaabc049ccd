/** A column of a Parquet file, read by hyparquet. */
import { asyncBufferFromUrl, cachedAsyncBuffer, parquetMetadataAsync, parquetRead } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { Job, Read } from "./job.js";

export async function readByHyparquet({ url, want }: Job): Promise<Read> {
  const file = cachedAsyncBuffer(await asyncBufferFromUrl({ url }));
  const metadata = await parquetMetadataAsync(file);
  if (want.kind !== "column") throw new Error("a Parquet file is read by columns");
  const values = new Float32Array(Number(metadata.num_rows));
  await parquetRead({
    file,
    metadata,
    columns: [want.column],
    compressors,
    onChunk: ({ columnData, rowStart }) => values.set(columnData as ArrayLike<number>, rowStart),
  });
  return [values];
}
