/**
 * A download from a server that knows no ranges: the whole object in one answer, written as it comes.
 */
import { type ByteSource, createReader, FitsError, type OpenOptions } from "fitslice";
import { Failure } from "../failure.js";
import { writeOutput } from "../files.js";
import { type Progress, progressBar } from "../progress.js";
import { rangePlan } from "../reads.js";
import type { DownloadOptions } from "./options.js";
import { refuseWebPage } from "./web-page.js";

/** Why an interrupted one cannot be gone on with. */
const rangeless = "the server knows no ranges";

/** Writes all that `source` holds to the output, which appears when it is complete; answers with the number of bytes. */
export async function downloadWhole(
  source: ByteSource,
  options: DownloadOptions,
  opened: OpenOptions,
): Promise<number> {
  let received = 0;
  let expected: number | undefined;
  let failure: unknown;
  let bar: Progress | undefined;
  const read = (write: (chunk: Uint8Array) => void): Promise<void> =>
    readWhole(source, opened, (chunk, size) => {
      try {
        if (received === 0) refuseWebPage(source.href, chunk);
        write(chunk);
      } catch (error) {
        failure = error; // to HTTP it would be a broken connection
        throw error;
      }
      received += chunk.byteLength;
      expected ??= size;
      bar ??= progressBar(size, "downloading, not resumable");
      bar.advance(chunk.byteLength);
    });
  try {
    await writeOutput(
      options.output,
      async (file) => {
        await read((chunk) => file.writeNow(chunk));
        if (expected !== undefined && received !== expected)
          throw new Failure(1, `${source.href}: ${received} bytes came of ${expected}; try again`);
      },
      { force: options.force },
    );
  } catch (error) {
    if (failure || !(error instanceof FitsError) || received === 0) throw failure ?? error;
    throw new Failure(1, `${error.message}; ${rangeless}, so the download has to start anew`, {
      cause: error,
    });
  } finally {
    bar?.stop();
  }
  opened.profile?.recorder.used({ offset: 0, length: received });
  return received;
}

/** Asks for one byte, and gives what comes instead, all of the object, to `take`. */
async function readWhole(
  source: ByteSource,
  opened: OpenOptions,
  take: (chunk: Uint8Array, size: number | undefined) => void,
): Promise<void> {
  const { href } = source;
  const whole: ByteSource = {
    href,
    getRange: (range, own) => source.getRange(range, { ...own, whole: take }),
  };
  const reader = createReader(whole, { ...opened, cacheBytes: 0 });
  const { byteLength } = await reader.run(rangePlan("download", { offset: 0, length: 1 }));
  if (byteLength > 0) throw new Failure(1, `${href}: the server knows ranges only now and then; try again`);
}

/** What the user should know of such a download. */
export const wholeNote: string = `${rangeless}, so it could not have been resumed`;
