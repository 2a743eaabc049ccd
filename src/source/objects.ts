/**
 * Sources that are at hand already: bytes, a Blob or File, a Response, an object with `getRange`, a store.
 */
import { unlessAborted } from "../abort.js";
import { FitsError } from "../errors.js";
import type { SourceOptions } from "./options.js";
import { showUrl } from "./redact.js";
import { statusError } from "./refused.js";
import { watch } from "./retry.js";
import { type ByteRange, type ByteSource, type GetRangeOptions, lifetime, ownSource } from "./source.js";
import { readBody } from "./transport.js";

/** Anything with `getRange`; what `ByteSource` says of it besides is of use, but not needed. */
export type RangeObject = Pick<ByteSource, "getRange"> & Partial<ByteSource>;

/** What fitslice uses of zarrita's AsyncReadable (or Readable): a missing key is `undefined`. */
export interface RangeStore {
  getRange(
    key: `/${string}`,
    range: { offset: number; length: number } | { suffixLength: number },
    options?: { signal?: AbortSignal },
  ): Promise<Uint8Array | undefined> | Uint8Array | undefined;
}

/** Most bytes of a Response that are held. */
const largestResponse = 256 * 2 ** 20;

/** What the user has at hand. */
type Held = Blob | Uint8Array | ArrayBuffer | Response | RangeObject | RangeStore;

/** The source that something at hand is, or is made to be. Throws BAD_SOURCE for anything else. */
export async function heldSource(
  input: Held,
  options: Pick<SourceOptions, "key" | "timeout"> & { readonly signal?: AbortSignal | undefined },
): Promise<ByteSource> {
  if (input instanceof Uint8Array) return memorySource(input);
  if (input instanceof ArrayBuffer) return memorySource(new Uint8Array(input));
  if (input instanceof Blob) return blobSource(input);
  if (input instanceof Response) return responseSource(input, options);
  if (typeof (input as Partial<ByteSource> | undefined)?.getRange !== "function") {
    throw new FitsError(
      "BAD_SOURCE",
      "not a source: give a URL, a path, a Blob, a Uint8Array, a Request, a Response, or an object with getRange()",
    );
  }
  if (options.key !== undefined) return storeSource(input as RangeStore, options.key);
  // A store has more than one object, so it can get whole ones: a source cannot.
  if ("href" in input || !("get" in input)) return objectSource(input as RangeObject);
  throw new FitsError("BAD_SOURCE", 'a store needs the option "key": which of its objects is the FITS file?');
}

/** The object that `bytes` are. Answers with views of them: they must not change while it is in use. */
export function memorySource(bytes: Uint8Array, href = "memory:"): ByteSource {
  const life = lifetime(href);
  let held = bytes;
  return ownSource({
    href,
    size: bytes.length,
    speed: { latency: 0, throughput: 10e9 },
    async getRange(range, { signal } = {}) {
      life.check(range, signal);
      return held.subarray(range.offset, range.offset + range.length);
    },
    async close() {
      life.close();
      held = new Uint8Array(0);
    },
  });
}

/** The object that `blob` is; `href` shows a File's name. Throws SOURCE_CHANGED when the file behind it has changed. */
export function blobSource(blob: Blob): ByteSource {
  const name = "name" in blob && typeof blob.name === "string" ? blob.name : "";
  const href = name ? `file:${name}` : "blob:";
  const life = lifetime(href);
  return ownSource({
    href,
    size: blob.size,
    speed: { latency: 300e-6, throughput: 1e9 },
    async getRange(range, { signal } = {}) {
      life.check(range, signal);
      const { offset, length } = range;
      try {
        const reading = blob.slice(offset, offset + length).arrayBuffer();
        return new Uint8Array(await life.during(reading, signal));
      } catch (cause) {
        life.check(range, signal);
        throw new FitsError(
          "SOURCE_CHANGED",
          `${href} cannot be read any more: was it changed or removed? choose it again`,
          { cause },
        );
      }
    },
    close: async () => life.close(),
  });
}

/**
 * The bytes of a Response's body, which is read to its end. Throws BAD_SOURCE where the body is no whole object, or was
 * read already, TOO_LARGE above 256 MiB, TIMEOUT, NETWORK, and the errors of bad statuses.
 */
export async function responseSource(
  response: Response,
  { timeout = 30_000, signal }: { timeout?: number | undefined; signal?: AbortSignal | undefined },
): Promise<ByteSource> {
  const href = response.url ? showUrl(response.url) : "response:";
  const { status, bodyUsed } = response;
  if (status === 206 || bodyUsed) {
    const what = bodyUsed ? "was read already" : "is a part of an object (206)";
    throw new FitsError("BAD_SOURCE", `${href}: the body of the Response ${what}; give its URL instead`);
  }
  if (!response.ok) throw statusError(status, { href, signed: false }, { url: href, shown: href });
  const tooLarge = new FitsError(
    "TOO_LARGE",
    `${href}: the Response is longer than ${largestResponse / 2 ** 20} MiB; give its URL, which is read in parts`,
  );
  if (Number(response.headers.get("content-length")) > largestResponse) throw tooLarge;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const guard = watch({ signals: [signal], timeout, least: 0 });
  try {
    const reading = readBody(response, (chunk) => {
      guard.alive(chunk.length);
      length += chunk.length;
      if (length > largestResponse) throw tooLarge;
      chunks.push(new Uint8Array(chunk));
    });
    await guard.over(reading);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof FitsError) throw cause;
    const late = guard.signal.aborted;
    const what = late ? `silence for ${timeout / 1000} s` : "the connection broke";
    throw new FitsError(late ? "TIMEOUT" : "NETWORK", `${href}: ${what}; fetch it again`, { cause });
  } finally {
    guard.end();
  }
  return memorySource(new Uint8Array(await new Blob(chunks).arrayBuffer()), href);
}

/** The object that `store` holds at `key`. Its size is known once an answer has ended there. */
export function storeSource(store: RangeStore, key: string): ByteSource {
  const path: `/${string}` = `/${key.replace(/^\/+/, "")}`;
  const href = `store:${path}`;
  let size: number | undefined;
  const ask: Ask = async (range, { signal }) => {
    const bytes = await store.getRange(path, range, signal ? { signal } : {});
    if (bytes === undefined || bytes === null)
      throw new FitsError("NOT_FOUND", `${href}: the store holds nothing at this key; check the key`);
    return bytes;
  };
  return foreignSource({
    href,
    size: () => size,
    learn: (end) => {
      size = end;
    },
    ask,
  });
}

/** An object of somebody else's that reads ranges. One that does not say where it is, is `object:`. */
export function objectSource(object: RangeObject): ByteSource {
  const href = typeof object.href === "string" ? object.href : "object:";
  const { sequential, speed } = object;
  let end: number | undefined;
  const source = foreignSource({
    href,
    size: () => sizeOf(object, href) ?? end,
    learn: (at) => {
      end = at;
    },
    ask: (range, options) => object.getRange(range, options),
    close: async () => object.close?.(),
  });
  return Object.defineProperties(source, {
    tag: { get: () => object.tag, enumerable: true },
    warnings: { get: () => object.warnings, enumerable: true },
    ...(sequential && { sequential: { value: true, enumerable: true } }),
    ...(speed && { speed: { value: speed, enumerable: true } }),
  });
}

/** What a foreign object says of its size. Throws BAD_SOURCE where that is no number of bytes. */
function sizeOf({ size }: RangeObject, href: string): number | undefined {
  if (size === undefined || (Number.isSafeInteger(size) && size >= 0)) return size;
  throw new FitsError(
    "BAD_SOURCE",
    `${href}: the size of the object is ${typeof size} ${String(size)}; give a whole number of bytes, or undefined where it is not known`,
  );
}

/** Reads a range of an object: fewer bytes where it ends, or where it likes to give no more at a time. */
type Ask = (range: ByteRange, options: GetRangeOptions) => Promise<Uint8Array> | Uint8Array;

interface Foreign {
  readonly href: string;
  size(): number | undefined;
  /** Told where the object ends. */
  learn(end: number): void;
  readonly ask: Ask;
  close?(): Promise<void>;
}

/**
 * A source over an object that nothing is known of. What it answers with is copied: it may be a view of much more
 * memory, or of memory that the object uses again. A short answer is the end of the object only if nothing follows.
 */
function foreignSource({ href, size, learn, ask, close }: Foreign): ByteSource {
  const life = lifetime(href);

  /** What lies at the beginning of a range: nothing past the end. */
  async function some(range: ByteRange, options: GetRangeOptions): Promise<Uint8Array> {
    const { offset, length } = range;
    const asking = async (): Promise<unknown> => ask(range, options);
    // A stray 416 is not the end of an object, two of them are.
    const bytes = await unlessAborted(
      asking().catch((error) => (offset > 0 && is416(error) ? asking() : Promise.reject(error))),
      [life.signal, options.signal],
    ).catch((error) => {
      life.check(range, options.signal);
      if (offset > 0 && is416(error)) return new Uint8Array(0);
      // The object's own errors are the caller's to understand; what is no error says nothing to anybody.
      if (error instanceof Error) throw error;
      const what = typeof error === "object" && error !== null ? "an object" : String(error);
      throw new FitsError(
        "NETWORK",
        `${href}: getRange failed at byte ${offset} with ${what} in place of an Error`,
        { cause: error },
      );
    });
    if (!(bytes instanceof Uint8Array)) {
      throw new FitsError(
        "BAD_SOURCE",
        `${href}: getRange({ offset, length }) gave no Uint8Array; if this is a store of many objects, name one with the option "key"`,
      );
    }
    if (isDetached(bytes)) {
      throw new FitsError(
        "BAD_SOURCE",
        `${href}: getRange gave memory that it has transferred to somebody else; it must keep it until the answer was read`,
      );
    }
    const known = size();
    if (bytes.length > length || (bytes.length > 0 && offset + bytes.length > (known ?? Infinity))) {
      const of = known === undefined ? "" : ` of an object of ${known} bytes`;
      throw new FitsError(
        "BAD_RANGE",
        `${href}: getRange gave ${bytes.length} bytes for ${length} from byte ${offset}${of}; it must honor ranges`,
      );
    }
    return bytes;
  }

  async function getRange(range: ByteRange, options: GetRangeOptions = {}): Promise<Uint8Array> {
    life.check(range, options.signal);
    const { offset } = range;
    const length = Math.max(0, Math.min(range.length, (size() ?? Infinity) - offset));
    if (length === 0) return new Uint8Array(0);
    const { into: given, ...others } = options;
    const memory = given?.length === range.length ? given.subarray(0, length) : undefined;
    // Nobody else's memory: an object that fails half-way may write to it later.
    const first = await some({ offset, length }, others);
    const into = memory ?? new Uint8Array(length);
    into.set(first);
    let got = first.length;
    if (got > 0 && got < length) got += await onwards(into, got, { offset, length }, others);
    if (got < length) ended(offset + got, got > 0 || offset === 0);
    return into.subarray(0, got);
  }

  /** Reads on behind a short answer of `got` bytes; answers with how many more there are. */
  async function onwards(
    into: Uint8Array,
    got: number,
    { offset, length }: ByteRange,
    options: GetRangeOptions,
  ): Promise<number> {
    let at = got;
    // One byte first: an object that ignores ranges has given all that it has, and would give it again.
    for (let next = 1; at < length; next = length - at) {
      const bytes = await some({ offset: offset + at, length: next }, options).catch((error) => {
        const ignored =
          at === got && offset === 0 && error instanceof FitsError && error.code === "BAD_RANGE";
        if (ignored) return new Uint8Array(0);
        throw error;
      });
      if (bytes.length === 0) break;
      into.set(bytes, at);
      at += bytes.length;
    }
    return at - got;
  }

  /** Nothing lies at `at`: throws SHORT_READ where something should. */
  function ended(at: number, isEnd: boolean): void {
    const known = size();
    if (known !== undefined && known > at) throw cutShort(href, at, known);
    if (isEnd) learn(at);
  }

  return ownSource({
    href,
    get size() {
      return size();
    },
    getRange,
    async close() {
      life.close();
      await close?.();
    },
  });
}

/** Whether the memory of a view was transferred: it has no bytes then, which is not the end of an object. */
function isDetached(bytes: Uint8Array): boolean {
  if (bytes.length > 0) return false;
  try {
    bytes.slice();
    return false;
  } catch {
    return true;
  }
}

function cutShort(href: string, at: number, size: number): FitsError {
  return new FitsError("SHORT_READ", `${href}: nothing came at byte ${at} of ${size}; try again`);
}

/** Whether an error says that a server answered with status 416: nothing lies in the range. */
function is416(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { status, statusCode, response, message } = error as {
    status?: unknown;
    statusCode?: unknown;
    response?: { status?: unknown };
    message?: unknown;
  };
  if ([status, statusCode, response?.status].includes(416)) return true;
  return /^Unexpected response status 416\b/.test(String(message)); // zarrita's FetchStore
}
