/**
 * The contents of a compressed file as a source: ranges of the output, decoded in order as readers ask for them.
 *
 * All ranges wanted at the same time are served in one sweep upwards through the stream. A sweep goes on where the last
 * sweep stopped, or starts at the nearest checkpoint; the output decoded last is kept. Compressed bytes are read ahead
 * as far as the sweep is expected to need them, and no further.
 */
import type { Checkpoint, StreamDecoder } from "../../codec/stream.js";
import { FitsError } from "../../errors.js";
import { type ByteRange, type ByteSource, checkRange, type GetRangeOptions } from "../source.js";
import { checkpoints } from "./checkpoints.js";
import { readAhead } from "./read-ahead.js";
import { recentOutput } from "./recent.js";
import { route } from "./route.js";
import { newWant, takePiece, type Want } from "./want.js";

export interface DecompressedOptions {
  /** The name of the format, for messages. */
  readonly format: string;
  /** A decoder from the start of the file, or from a checkpoint. */
  readonly decoder: (from?: Checkpoint) => StreamDecoder;
  /** The first bytes of the file, if known already. */
  readonly head?: Uint8Array | undefined;
  /** Bytes of recent output kept. Default 16 MiB. */
  readonly recentBytes?: number | undefined;
  /** From an index: checkpoints in rising order, bytes of the whole output. */
  readonly checkpoints?: readonly Checkpoint[] | undefined;
  readonly size?: number | undefined;
}

/** A ByteSource over the output of a compressed one. Its size is known once its end was reached, or from an index. */
export interface DecompressedSource extends ByteSource {
  readonly sequential: true;
  /** The file as it lies. */
  readonly compressed: ByteSource;
  readonly format: string;
  /** Decodes to the end. Answers with the size of the output and the known checkpoints, which gzip files alone have. */
  finish(options?: GetRangeOptions): Promise<{ size: number; checkpoints: readonly Checkpoint[] }>;
}

/** Milliseconds of decoding after which the event loop gets its turn. */
const TURN = 30;
/** The least compressed bytes worth a request; so much is read beyond an estimate between two checkpoints. */
const LEAST = 1 << 14;
/** Compressed bytes for each byte of output, before anything was measured. */
const FIRST_PACE = 0.4;

/** Bytes decoded beyond the last wanted byte, at most, to reach the file's checksum. */
const MOST_BEYOND = 1 << 16;

/** A decoder on its way through the file. */
interface Stream {
  readonly decoder: StreamDecoder;
  /** Where in the output it stands. */
  offset: number;
  /** Compressed bytes fed to the decoder; both places at the time of the last feed. */
  fed: number;
  before: { offset: number; fed: number };
  /** The decoder was fed the end of the file. */
  last: boolean;
}

export function decompressed(source: ByteSource, options: DecompressedOptions): DecompressedSource {
  const { format } = options;
  const recent = recentOutput(options.recentBytes ?? 1 << 24);
  const marks = checkpoints(options.checkpoints);
  const input = readAhead(source, options.head ?? new Uint8Array(0));
  let size = options.size;
  let pace = FIRST_PACE;
  let sweep: Want[] = [];
  let waiting: Want[] = [];
  let running = false;
  let closed = false;
  let controller = new AbortController();
  let stream: Stream | undefined;
  let turnEnds = 0;
  /** True while compressed bytes are awaited: a failure then is the source's, not the stream's. */
  let reading = false;

  function getRange(range: ByteRange, given: GetRangeOptions = {}): Promise<Uint8Array> {
    return want(range, true, given);
  }

  function want(range: ByteRange, keep: boolean, given: GetRangeOptions): Promise<Uint8Array> {
    const { signal } = given;
    return new Promise((resolve, reject) => {
      if (closed) throw closedError();
      signal?.throwIfAborted();
      const { offset } = range;
      const length = Math.max(0, Math.min(range.length, (size ?? Number.POSITIVE_INFINITY) - offset));
      const abort = (): void => drop(wanted, signal?.reason);
      const settled = (): void => signal?.removeEventListener("abort", abort);
      const wanted = newWant({ offset, length, keep, trusted: size !== undefined }, given, {
        resolve,
        reject,
        settled,
      });
      if (keep) recent.read(wanted);
      if (wanted.next === wanted.end) return wanted.resolve();
      signal?.addEventListener("abort", abort, { once: true });
      waiting.push(wanted);
      if (!running) void run();
    });
  }

  /** Rejects one reader. With the last reader the requests under way end, too. */
  function drop(wanted: Want, reason: unknown): void {
    sweep = sweep.filter((other) => other !== wanted);
    waiting = waiting.filter((other) => other !== wanted);
    wanted.reject(reason);
    if (sweep.length + waiting.length === 0) stop(reason);
  }

  function stop(reason: unknown): void {
    controller.abort(reason);
    controller = new AbortController();
    input.clear();
  }

  async function run(): Promise<void> {
    running = true;
    // Ranges asked for at the same time belong to one sweep. A reader that lets its requests in one by one, or another
    // layer of compression above, takes several promises to ask for the last of them: a turn of the event loop is enough.
    await new Promise((resolve) => setTimeout(resolve));
    turnEnds = performance.now() + TURN;
    for (gather(); sweep.length > 0; gather()) {
      try {
        await advance(sweep[0]!);
      } catch (error) {
        fail(error);
      }
    }
    running = false;
  }

  /** Waiting ranges ahead that begin before the sweep's end join the sweep. The others wait for the next: none starves. */
  function gather(): void {
    if (sweep.length === 0) join(0, Number.POSITIVE_INFINITY);
    else join(stream?.offset ?? 0, Math.max(...sweep.map(({ end }) => end)));
  }

  /** Waiting ranges that begin between these places of the output become part of the sweep. */
  function join(from: number, to: number): void {
    const joining = waiting.filter(({ next }) => next >= from && next <= to);
    if (joining.length === 0) return;
    waiting = waiting.filter((other) => !joining.includes(other));
    sweep = [...sweep, ...joining].sort((a, b) => a.next - b.next);
  }

  /** Decodes one piece on the way to the first wanted byte. */
  async function advance(first: Want): Promise<void> {
    stream = streamFor(first.next);
    const piece = stream.decoder.read();
    if (!piece) {
      if (stream.decoder.done) end(stream.offset);
      else if (stream.last) throw cutOff();
      else await feed(stream);
      return;
    }
    const reaches = stream.offset + piece.length;
    const isLast = stream.last && sweep.every(({ end }) => end <= reaches);
    for (const each of isLast ? withRest(stream.decoder, piece) : [piece]) hand(stream, each);
    mark(stream);
    if (performance.now() < turnEnds) return;
    await new Promise((resolve) => setTimeout(resolve));
    turnEnds = performance.now() + TURN;
  }

  /** Gives a piece of output to the readers that want bytes of it. */
  function hand(to: Stream, piece: Uint8Array): void {
    recent.put(to.offset, piece);
    // Ranges that wait and begin in this piece join the sweep here: the next sweep would decode the piece again.
    join(to.offset, to.offset + piece.length);
    sweep = takePiece(sweep, to.offset, piece);
    const passed = marks.after(to.offset + 1);
    to.offset += piece.length;
    // A piece ends where a block does: no checkpoint lies within one.
    if (passed && passed.offset < to.offset) throw contradiction(`at byte ${passed.offset}`);
  }

  /** The present stream where it leads to `offset`; a new stream where a checkpoint leads there with fewer bytes. */
  function streamFor(offset: number): Stream {
    const from = marks.before(offset);
    const fed = from ? Math.floor(from.bit / 8) : 0;
    if (stream && stream.offset <= offset && fed <= stream.fed) return stream;
    if (stream && fed < stream.fed) input.clear();
    const start = from?.offset ?? 0;
    return {
      decoder: options.decoder(from),
      offset: start,
      fed,
      before: { offset: start, fed },
      last: false,
    };
  }

  async function feed(to: Stream): Promise<void> {
    const { offset, fed, before } = to;
    if (offset > before.offset) pace = (fed - before.fed) / (offset - before.offset);
    to.before = { offset, fed };
    const end =
      size !== undefined && source.size !== undefined ? { offset: size, byte: source.size } : undefined;
    const extents = route({ offset, byte: fed }, sweep, { marks, end, pace, margin: LEAST });
    const record = sweep.find((other) => other.record)?.record;
    reading = true;
    const { bytes, last } = await input.next(fed, extents, LEAST, { signal: controller.signal, record });
    reading = false;
    to.fed += bytes.length;
    to.last = last;
    to.decoder.feed(bytes, last);
  }

  /** Takes a checkpoint where one is wanted; compares with the earlier checkpoint where there is one at this place. */
  function mark({ decoder, offset }: Stream): void {
    const known = marks.after(offset);
    if (known?.offset !== offset) {
      const taken = decoder.checkpoint?.(marks.wantedFrom(offset, source.size));
      if (taken) marks.add(taken);
      return;
    }
    const here = decoder.checkpoint?.(0);
    if (here && here.crc !== known.crc) throw contradiction(`at byte ${offset}`);
  }

  function end(offset: number): void {
    if (size !== undefined && size !== offset) throw contradiction(`${offset} bytes long`);
    size = offset;
    for (const wanted of sweep) wanted.resolve();
    sweep = [];
  }

  /** Rejects the readers that need the failed part. Readers that a later checkpoint leads to go on. */
  function fail(error: unknown): void {
    const failedAt = stream?.offset ?? 0;
    const inData = !reading && error instanceof FitsError;
    if (!reading) stream = undefined;
    reading = false;
    const hit = (wanted: Want): boolean => !inData || (marks.before(wanted.next)?.offset ?? 0) <= failedAt;
    const failed = sweep.filter(hit);
    sweep = sweep.filter((wanted) => !hit(wanted));
    for (const wanted of failed) wanted.reject(inData ? located(error, failedAt) : error);
  }

  function located(error: FitsError, offset: number): FitsError {
    const where = `${source.href}: near byte ${offset} of the decompressed file`;
    return new FitsError(error.code, `${where}: ${error.message}`, { cause: error });
  }

  function closedError(): FitsError {
    return new FitsError("CLOSED", `${source.href} is closed; open it again`);
  }

  function cutOff(): FitsError {
    return new FitsError("TRUNCATED", `the ${format} file ends in the midst of its data; get it again`);
  }

  function contradiction(what: string): FitsError {
    return options.checkpoints
      ? new FitsError(
          "BAD_INDEX",
          `the decompressed data is not what the index says (${what}); make a new index`,
        )
      : new FitsError(
          "SOURCE_CHANGED",
          `the decompressed data is not what it was before (${what}); open it again`,
        );
  }

  return {
    href: source.href,
    compressed: source,
    format,
    sequential: true,
    get size() {
      return size;
    },
    get tag() {
      return source.tag;
    },
    ...(source.speed && { speed: source.speed }),
    async getRange(range, given) {
      checkRange(range, source.href);
      return getRange(range, given);
    },
    async finish(given = {}) {
      if (closed) throw closedError();
      given.signal?.throwIfAborted();
      if (size === undefined) {
        const offset = Math.max(stream?.offset ?? 0, marks.all.at(-1)?.offset ?? 0);
        await want({ offset, length: Number.POSITIVE_INFINITY }, false, given);
      }
      return { size: size!, checkpoints: marks.all };
    },
    async close() {
      closed = true;
      const reason = closedError();
      for (const wanted of [...sweep, ...waiting]) wanted.reject(reason);
      sweep = [];
      waiting = [];
      stop(reason);
      stream = undefined;
      recent.clear();
      await source.close?.();
    },
  };
}

/**
 * A piece and the little output behind the piece. Where the file ends there, its checksum has been compared before any
 * reader gets the last bytes.
 */
function withRest(decoder: StreamDecoder, piece: Uint8Array): Uint8Array[] {
  const pieces = [piece.slice()];
  for (let beyond = 0; beyond < MOST_BEYOND; ) {
    const next = decoder.read();
    if (!next) break;
    pieces.push(next.slice());
    beyond += next.length;
  }
  return pieces;
}
