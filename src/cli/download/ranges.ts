/**
 * A download by ranges, several at a time: into a part that can be gone on with, or in order to stdout.
 */
import { type ByteRange, type ByteSource, FitsError, type OpenOptions, type Reader } from "fitslice";
import { cannotWrite, Failure, isFull } from "../failure.js";
import { writeAll } from "../files.js";
import { byteText, write } from "../output.js";
import { type Place, PlaceTaken, placeOf } from "../part.js";
import { type Progress, progressBar } from "../progress.js";
import { rangePlan } from "../reads.js";
import {
  beginDownload,
  type Download,
  missingRanges,
  type ObjectFacts,
  partsLeft,
  removeParts,
  resumeDownload,
} from "./journal.js";
import {
  type Downloaded,
  type DownloadOptions,
  defaultConcurrency,
  firstBytes,
  rangeBytesFor,
} from "./options.js";
import { pageBytes, refuseWebPage } from "./web-page.js";
import { downloadWhole, wholeNote } from "./whole.js";

/** One range as one request: what runs in parallel here are ranges. */
function readRange(reader: Reader, range: ByteRange): Promise<Uint8Array> {
  return reader.run(rangePlan("download", range), { optimize: "requests" });
}

/** Downloads all that the reader's source holds to where the options say. */
export async function download(
  reader: Reader,
  options: DownloadOptions,
  opened: OpenOptions,
): Promise<Downloaded> {
  const place = options.output === "-" ? undefined : await placeOf(options.output);
  const left = place ? await partsLeft(place) : [];
  const bar = progressBar(undefined, "downloading");
  try {
    // Where an earlier download may be gone on with, few bytes are enough to know the object by.
    const first = await firstRange(reader, left.length > 0 ? pageBytes : firstBytes);
    let done: Downloaded;
    if (!first) {
      bar.stop();
      const size = await downloadWhole(reader.source, options, opened);
      done = { size, resumedBytes: 0, note: wholeNote };
    } else {
      refuseWebPage(reader.source.href, first);
      const facts = await factsOf(reader, first);
      const task: Task = { reader, facts, first, bar, concurrency: opened.concurrency ?? defaultConcurrency };
      done = place ? await toFile(task, place, left, options) : await toStdout(task);
    }
    if (place) await removeParts(place, left);
    return done;
  } finally {
    bar.stop();
  }
}

/** The first bytes, up to `length`; undefined where the server sends nothing less than the whole of a large object. */
async function firstRange(reader: Reader, length: number): Promise<Uint8Array | undefined> {
  try {
    return await readRange(reader, { offset: 0, length });
  } catch (error) {
    if (error instanceof FitsError && error.code === "RANGE_IGNORED") return undefined;
    throw error;
  }
}

interface Task {
  readonly reader: Reader;
  readonly facts: ObjectFacts;
  readonly first: Uint8Array;
  readonly bar: Progress;
  readonly concurrency: number;
}

async function factsOf(reader: Reader, first: Uint8Array): Promise<ObjectFacts> {
  const { source } = reader;
  // With a part some servers do not tell the size of the whole (`bytes 0-9/*`), but beyond its end they do.
  if (source.size === undefined) await readRange(reader, { offset: 2 ** 52, length: 1 });
  const { href, size, tag } = source;
  if (size === undefined || (size > 0 && first.byteLength === 0))
    throw new Failure(1, `${href}: the server does not tell the size of the object; use another server`);
  return { href, size, ...(tag !== undefined && { tag }) };
}

/** What came is of one object, and all of it. Throws `Failure`. */
function checkObject(source: ByteSource, { href, size, tag }: ObjectFacts): void {
  if (source.size !== size || source.tag !== tag)
    throw new Failure(1, `${href}: the object has changed during the download; try again`);
}

async function toFile(
  task: Task,
  place: Place,
  left: readonly string[],
  { force = false }: DownloadOptions,
): Promise<Downloaded> {
  const { reader, facts } = task;
  const resumed = await resumeDownload(place, left, facts);
  const begun = resumed ?? (await beginDownload(place, facts));
  const resumedBytes = begun.done.reduce((sum, [, length]) => sum + length, 0);
  task.bar.expect(facts.size, resumedBytes);
  try {
    await fill(task, place, begun);
    checkObject(reader.source, facts);
    const { size } = await begun.part.file.stat();
    if (size !== facts.size)
      throw new Failure(1, `${place.path}: ${size} bytes were written of ${facts.size}; try again`);
    await begun.commit({ force });
  } catch (error) {
    // What cannot be gone on with, or would fill the disk, is not left.
    const isUseful = facts.tag !== undefined && !isFull(error) && !(error instanceof PlaceTaken);
    await (isUseful ? begun.leave() : begun.discard());
    throw error;
  }
  const note = resumedBytes > 0 ? `${byteText(resumedBytes)} of it from before` : "";
  return { size: facts.size, resumedBytes, note };
}

/** Reads what is missing of the object, and writes it to its place in the part. */
async function fill(
  { reader, facts, first, bar, concurrency }: Task,
  { path }: Place,
  begun: Download,
): Promise<void> {
  const done = [...begun.done];
  const keep = async (offset: number, bytes: Uint8Array): Promise<void> => {
    await writeAll(begun.part.file, bytes, offset).catch((cause: unknown) => {
      throw cannotWrite(path, cause);
    });
    await begun.add(offset, bytes.byteLength);
    bar.advance(bytes.byteLength);
  };
  if (done.length === 0 && first.byteLength > 0) {
    await keep(0, first);
    done.push([0, first.byteLength]);
  }
  const ranges = missingRanges(facts.size, done, rangeBytesFor(facts.size));
  const worker = async (): Promise<void> => {
    for (let range = ranges.shift(); range; range = ranges.shift())
      await keep(range.offset, await readExactly(reader, range));
  };
  const workers = Array.from({ length: Math.min(concurrency, ranges.length) }, worker);
  // All have stopped before the file is closed; the first failure is told.
  await Promise.all(
    workers.map((one) =>
      one.catch((error: unknown) => {
        ranges.length = 0;
        throw error;
      }),
    ),
  ).finally(() => Promise.allSettled(workers));
}

async function readExactly(reader: Reader, range: ByteRange): Promise<Uint8Array> {
  const bytes = await readRange(reader, range);
  if (bytes.byteLength === range.length) return bytes;
  const { href } = reader.source;
  throw new Failure(
    1,
    `${href}: ${bytes.byteLength} bytes came of ${range.length} at ${range.offset}; try again`,
  );
}

/** Writes the object to stdout in order, while the next ranges are on their way. */
async function toStdout({ reader, facts, first, bar, concurrency }: Task): Promise<Downloaded> {
  bar.expect(facts.size, 0);
  const ranges = missingRanges(facts.size, [[0, first.byteLength]], rangeBytesFor(facts.size));
  const coming: Promise<Uint8Array>[] = [];
  const request = (): void => {
    const range = ranges.shift();
    if (!range) return;
    const bytes = readExactly(reader, range);
    bytes.catch(() => undefined); // it is told in its turn
    coming.push(bytes);
  };
  for (let i = 0; i < concurrency; i++) request();
  await write(first);
  bar.advance(first.byteLength);
  for (let next = coming.shift(); next; next = coming.shift()) {
    const bytes = await next;
    await write(bytes);
    bar.advance(bytes.byteLength);
    request();
  }
  checkObject(reader.source, facts);
  return { size: facts.size, resumedBytes: 0, note: "" };
}
