/**
 * A source over HTTP or FTP whose bytes are kept in a cache that lasts. The version of the object is a part of each entry's name: bytes
 * of two versions never meet. Which version is there, the server tells, by the first answer of each opening.
 */
import { unlessAborted } from "../../abort.js";
import { FitsError } from "../../errors.js";
import type { HttpSource } from "../http.js";
import type { SourceOptions } from "../options.js";
import { within } from "../retry.js";
import {
  type ByteRange,
  type ByteSource,
  type Division,
  type GetRangeOptions,
  lifetime,
  type ManyRanges,
  ownSource,
  type RequestRecord,
} from "../source.js";
import type { FtpSource } from "../stores/ftp.js";
import { divided, union } from "./divide.js";
import { blockBytes, nameOf } from "./entry.js";
import { type ObjectKey, objectKey, plainKey } from "./key.js";
import { type Policy, policyOf } from "./policy.js";

/** A version of an object, as the cache knows it. */
interface Version {
  readonly tag: string;
  readonly size: number;
}

/** What the cache remembers of an object: its version, and when the server was last asked, in milliseconds. */
interface Remembered extends Version {
  readonly asked: number;
  /** What the server said then: `fresh` of the policy. */
  readonly fresh: number;
}

/** A file changed twice in one second has one modification time: one so young tells no versions apart. */
const youngest = 60_000;
/** In a step of more blocks nobody looks for gaps that are kept. */
const mostBlocks = 4096;

/**
 * `source` with `options.cache` behind it, where it is one over HTTP or FTP; else `source` itself: local files are there
 * already. Objects without ETag and Last-Modified (FTP: without times of change) are not kept, and those that the server forbids to keep
 * (Cache-Control: no-store). Throws BAD_ARGUMENT for a cache that is none.
 */
export function lastingSource(source: ByteSource, options: SourceOptions): ByteSource {
  const { cache } = options;
  if (typeof cache?.blocks?.find !== "function")
    throw new FitsError("BAD_ARGUMENT", "cache must be one that lastingCache() made");
  if (!isHttp(source) && !isFtp(source)) return source;
  const { blocks, maxAge } = cache;
  const remote: HttpSource | FtpSource = source;
  const { href } = source;
  const life = lifetime(href);
  const warnings: string[] = [];
  /** The version that reads are of; undefined while it is unknown, and where versions cannot be told apart. */
  let version: Version | undefined;
  /** Names of the object, whatever its version, and of this version of it. */
  let objectName = "";
  let versionName = "";
  /** Bytes of `version` have been handed out. */
  let isHanded = false;
  /** The object has changed since: final. */
  let change: FitsError | undefined;
  let isUsable = false;
  /** What the server says of keeping the object. */
  let policy: Policy = { isForbidden: false, fresh: 0 };
  let learning: Promise<void> | undefined;
  /** The question for the version, until a read takes it into its profile. */
  const untold: RequestRecord[] = [];
  let beginning: Promise<void> | undefined;

  /** Settles when the version is known, if it can be. A failure is that of one read: the next one begins anew. */
  function begun(signal: AbortSignal | undefined): Promise<void> {
    if (!beginning) {
      const mine = begin();
      beginning = mine;
      mine.catch(() => {
        if (beginning === mine) beginning = undefined;
      });
    }
    return unlessAborted(beginning, [life.signal, signal]);
  }

  async function begin(): Promise<void> {
    isUsable = await blocks.isUsable();
    if (!isUsable) return;
    const { address, reader, isPublic } = await keyOf(remote, options);
    objectName = await nameOf("object", address, reader);
    const remembered = rememberedIn((await blocks.find(objectName))[0]?.bytes);
    if (!remembered) return;
    await adopt(remembered);
    const { asked, fresh } = remembered;
    const age = Date.now() - asked;
    const allowed = fresh < 0 || maxAge === undefined ? fresh : maxAge * 1000;
    if (isPublic && !options.fetch && age >= 0 && age < allowed) {
      policy = { isForbidden: false, fresh };
      return;
    }
    const record = (request: RequestRecord): void => void untold.push(request);
    // Behind its end an FTP server is asked for size and time alone: of one byte it would send megabytes.
    const offset = isFtp(source) ? remembered.size : 0;
    await requested({ offset, length: 1 }, { record, headers: true });
    await learn();
    if (version) remember(version);
  }

  async function adopt(found: Version): Promise<void> {
    versionName = await nameOf(objectName, found.tag, found.size);
    version = found;
  }

  function remember({ tag, size }: Version): void {
    const { fresh } = policy;
    const text = JSON.stringify({ tag, size, asked: Date.now(), fresh } satisfies Remembered);
    blocks.replace(objectName, new TextEncoder().encode(text));
  }

  /** Holds what the server has said against what was remembered. Throws SOURCE_CHANGED where bytes were handed out. */
  async function learn(): Promise<void> {
    while (learning) await learning;
    if (change) throw change;
    const { tag, size } = source;
    const isSame = version?.tag === tag && version?.size === size;
    if (!isUsable || (isSame && !policy.isForbidden)) return;
    const found = tag && size && !isYoung(tag) && !policy.isForbidden ? { tag, size } : undefined;
    if (version) {
      // Whoever opens the object again must not find the old version.
      remember(found ?? { tag: "", size: 0 });
      if (isHanded && !isSame)
        change = new FitsError(
          "SOURCE_CHANGED",
          `${href} changed since it was kept in the cache; open it again`,
        );
      version = undefined;
      if (change) throw change;
    }
    if (!found) return;
    learning = adopt(found).finally(() => {
      learning = undefined;
    });
    await learning;
    remember(found);
  }

  /** One request, whose answer tells the policy. */
  function requested(range: ByteRange, read: GetRangeOptions): Promise<Uint8Array> {
    return source.getRange(range, { ...read, record: heard(read.record), headers: true });
  }

  /** What learns the policy from a request before `record` is told. */
  function heard(record: GetRangeOptions["record"]): NonNullable<GetRangeOptions["record"]> {
    return (request) => {
      const { status, responseHeaders } = request;
      if (responseHeaders && (status === 200 || status === 206)) policy = policyOf(responseHeaders);
      record?.(request);
    };
  }

  /** The bytes of one request, kept for later. */
  async function fetched(range: ByteRange, read: GetRangeOptions): Promise<Uint8Array> {
    const bytes = await requested(range, read);
    await learn();
    if (version) await keep(range.offset, bytes);
    return bytes;
  }

  async function keep(offset: number, bytes: Uint8Array): Promise<void> {
    const end = offset + bytes.length;
    for (const index of blocksOf({ offset, length: bytes.length })) {
      const start = index * blockBytes;
      const from = Math.max(start, offset);
      const part = bytes.subarray(from - offset, Math.min(end, start + blockBytes) - offset);
      await blocks.keep(await blockName(index), { offset: from - start, bytes: part });
    }
  }

  const blockName = (index: number): Promise<string> => nameOf(versionName, index);

  /** The bytes of a range that are kept, put into `into`, and where they lie. */
  async function recalled(range: ByteRange, into: Uint8Array): Promise<ByteRange[]> {
    const extents: ByteRange[] = [];
    for (const index of blocksOf(range)) {
      for (const { offset, bytes } of await blocks.find(await blockName(index))) {
        const at = index * blockBytes + offset;
        const from = Math.max(at, range.offset);
        const to = Math.min(at + bytes.length, range.offset + range.length);
        if (from >= to) continue;
        into.set(bytes.subarray(from - at, to - at), from - range.offset);
        extents.push({ offset: from, length: to - from });
      }
    }
    return union(extents);
  }

  async function getRange(range: ByteRange, read: GetRangeOptions = {}): Promise<Uint8Array> {
    life.check(range, read.signal);
    if (read.whole) return source.getRange(range, read);
    await begun(read.signal);
    for (const request of untold.splice(0)) read.record?.(request);
    life.check(range, read.signal);
    if (change) throw change;
    if (!version) return fetched(range, read);
    const { offset } = range;
    const length = Math.max(0, Math.min(range.length, version.size - offset));
    const bytes = read.into?.length === length ? read.into : new Uint8Array(length);
    const mine = version;
    const { rest } = divided([{ offset, length }], await recalled({ offset, length }, bytes));
    life.check(range, read.signal);
    if (rest[0]?.length === length) return fetched(range, read);
    const { into: _, ...others } = read;
    await Promise.all(
      rest.map(async (missing) => {
        const part = await fetched(missing, others);
        if (part.length < missing.length && version === mine) throw shortRead(href, missing, part);
        bytes.set(part, missing.offset - offset);
      }),
    );
    // The object is another one than was remembered, and nothing was handed out yet.
    if (version !== mine) return getRange(range, read);
    isHanded = true;
    return bytes;
  }

  /** Many ranges in one request, kept as they come. */
  async function manyRanges(): Promise<ManyRanges> {
    const many = await source.manyRanges!();
    return {
      ...{ most: many.most, longestHeader: many.longestHeader, overhead: many.overhead },
      get odds() {
        return many.odds;
      },
      async getRanges(ranges, read = {}) {
        for (const range of ranges) life.check(range, read.signal);
        await begun(read.signal);
        if (change) throw change;
        const got = await many.getRanges(ranges, { ...read, record: heard(read.record), headers: true });
        await learn();
        if (version) {
          isHanded = true;
          for (const [i, bytes] of got.entries()) if (bytes) await keep(ranges[i]!.offset, bytes);
        }
        return got;
      },
    };
  }

  async function kept(ranges: readonly ByteRange[], signal: AbortSignal): Promise<Division | undefined> {
    life.check({ offset: 0, length: 0 }, signal);
    await begun(signal);
    if (!version) return undefined;
    const { size } = version;
    const indices = new Set<number>();
    for (const { offset, length } of ranges) {
      for (const index of blocksOf({ offset, length: Math.min(length, size - offset) })) {
        indices.add(index);
        if (indices.size > mostBlocks) return undefined;
      }
    }
    const found = await Promise.all(
      [...indices].map(async (index) => {
        const extents = await blocks.extents(await blockName(index));
        return extents.map(({ offset, length }) => ({ offset: index * blockBytes + offset, length }));
      }),
    );
    const extents = union(found.flat());
    life.check({ offset: 0, length: 0 }, signal);
    if (extents.length === 0) return undefined;
    const divide = (missing: ByteRange[]): ByteRange[] => {
      const parts = divided(missing.splice(0), extents);
      for (const range of parts.rest) missing.push(range);
      return parts.kept;
    };
    // The request is told of with the first of these ranges.
    return Object.assign(divide, { asked: untold.length > 0 });
  }

  return ownSource({
    href,
    get size() {
      return version?.size ?? source.size;
    },
    get tag() {
      return version?.tag ?? source.tag;
    },
    get warnings() {
      const news = blocks.takeWarning();
      if (news !== undefined) warnings.push(news);
      return [...(source.warnings ?? []), ...warnings];
    },
    ...(source.connections && { connections: source.connections }),
    kept,
    getRange,
    ...(source.manyRanges && { manyRanges }),
    async close() {
      life.close();
      await source.close?.();
      await blocks.flush();
    },
  });
}

function isHttp(source: ByteSource): source is HttpSource {
  return "access" in source;
}

function isFtp(source: ByteSource): source is FtpSource {
  return "user" in source;
}

/** Whether a version by its time of change is that of a file that may still change in the same second. */
function isYoung(tag: string): boolean {
  // FTP: time and size.
  const time = /^[\dT:.-]+Z/.exec(tag)?.[0] ?? tag;
  return !tag.startsWith('"') && Date.parse(time) > Date.now() - youngest;
}

async function keyOf(source: HttpSource | FtpSource, { timeout }: SourceOptions): Promise<ObjectKey> {
  if (isFtp(source)) return plainKey(source.href, source.user);
  return objectKey(source.access, await headersOf(source, timeout));
}

/** What is sent for an object. A function of the user's may never answer. */
function headersOf({ access }: HttpSource, timeout = 30_000): Promise<Record<string, string>> {
  const late = (): Error =>
    new FitsError(
      "TIMEOUT",
      `${access.href}: the function that gives headers or credentials did not answer for ${timeout / 1000} s; see why, or allow a longer timeout`,
    );
  return within(Promise.resolve(access.headers(access.url)), timeout, late);
}

/** What an entry remembers; undefined where it makes no sense. */
function rememberedIn(bytes: Uint8Array | undefined): Remembered | undefined {
  try {
    const { tag, size, asked, fresh = 0 } = JSON.parse(new TextDecoder().decode(bytes)) as Remembered;
    const isRight = typeof tag === "string" && Number.isSafeInteger(size) && size > 0;
    return isRight && Number.isFinite(asked) && Number.isFinite(fresh)
      ? { tag, size, asked, fresh }
      : undefined;
  } catch {
    return undefined;
  }
}

/** The numbers of the blocks that a range touches. */
function* blocksOf({ offset, length }: ByteRange): Generator<number> {
  if (length <= 0) return;
  const last = Math.floor((offset + length - 1) / blockBytes);
  for (let index = Math.floor(offset / blockBytes); index <= last; index++) yield index;
}

function shortRead(href: string, { offset, length }: ByteRange, { length: got }: Uint8Array): FitsError {
  return new FitsError("SHORT_READ", `${href}: got ${got} of ${length} bytes at byte ${offset}; try again`);
}
