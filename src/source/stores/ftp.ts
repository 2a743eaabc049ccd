/**
 * Files of FTP servers: `ftp://host/path`, `ftps://` with TLS. A path is relative to where the login leads; `//` begins one at the root.
 */
import { loadFtp } from "#platform";
import { FitsError } from "../../errors.js";
import type { FtpConnection, FtpLogin } from "../../platform/types.js";
import { changed, type Failed, failureOf, type Named } from "../http-errors.js";
import type { SourceOptions } from "../options.js";
import { decode, hiding, showNoUrl } from "../redact.js";
import { pause, pauseBefore, watch } from "../retry.js";
import {
  type ByteRange,
  type ByteSource,
  type GetRangeOptions,
  lifetime,
  ownSource,
  type RequestRecord,
} from "../source.js";
import { ftpFailure, isRefusal } from "./ftp-error.js";
import { ftpPool, mostConnections } from "./ftp-pool.js";

/** A place on a server. */
export interface FtpAddress {
  readonly href: string;
  readonly path: string;
  readonly login: Omit<FtpLogin, "signal">;
}

interface Version {
  readonly size: number;
  readonly modified: number | undefined;
}

/** A source over FTP, which tells who has logged in: nobody for anonymous readers. */
export interface FtpSource extends ByteSource {
  readonly user: string;
}

/** One call of getRange on its way. */
interface Read {
  readonly offset: number;
  /** Half-open; cut to the end of the file as soon as that is known. */
  end: number;
  bytes: Uint8Array;
  /** Bytes in hand, from `offset` on. */
  got: number;
}

/**
 * The source of a file. Nothing is asked before the first read. Size and time of the last change tell versions apart: they are asked for
 * before the first transfer and behind each. Throws BAD_SOURCE for an address without host or path, UNSUPPORTED in a browser.
 */
export async function ftpSource(address: string | URL, options: SourceOptions): Promise<FtpSource> {
  const { href, path, login } = ftpAddress(address, options);
  if (!path)
    throw new FitsError("BAD_SOURCE", `"${showNoUrl(String(address))}" names no file; write ftp://host/path`);
  const connect = await loadFtp();
  if (!connect) throw new FitsError("UNSUPPORTED", `${href}: pages cannot use FTP; give an https: address`);
  const { retries = 5, timeout = 30_000, minBytesPerSecond: least = 240, pin = "etag" } = options;
  const life = lifetime(href);
  const named: Named = { href, hide: hiding(login.user === "anonymous" ? [] : [login.password]) };
  let version: Version | undefined;
  let answered = false;

  async function getRange(range: ByteRange, given: GetRangeOptions = {}): Promise<Uint8Array> {
    life.check(range, given.signal);
    const { offset, length } = range;
    const read: Read = { offset, end: offset + length, bytes: new Uint8Array(0), got: 0 };
    if (given.into?.length === length) read.bytes = given.into;
    let failures = 0;
    while (length > 0) {
      const before = read.got;
      const failed = await attempt(read, given);
      if (!failed) break;
      if (read.got > before) failures = 0;
      if (!failed.passing || failures >= retries) throw failed.error;
      await life.during(pause(pauseBefore(failures++, undefined), given.signal), given.signal);
    }
    return read.bytes.length === read.got ? read.bytes : read.bytes.subarray(0, read.got);
  }

  /** One transfer of what is missing. */
  async function attempt(read: Read, { signal, record }: GetRangeOptions): Promise<Failed | undefined> {
    const now = performance.now();
    const offset = read.offset + read.got;
    const entry: RequestRecord = {
      ...{ offset, length: 0, requested: read.end - offset },
      ...{ start: now, firstByte: now, end: now, url: href, status: 0 },
    };
    const stop = new AbortController();
    const waiting = life.during(
      ftpPool(connect!, login).use({ signal: stop.signal, timeout }, (connection) =>
        transfer(connection, read, entry, signal),
      ),
      signal,
    );
    try {
      await waiting;
      return undefined;
    } catch (cause) {
      stop.abort(cause);
      for (const ended of [signal, life.signal]) {
        if (!ended?.aborted) continue;
        entry.failure = "aborted";
        throw ended.reason;
      }
      const failed = isRefusal(cause)
        ? ftpFailure(cause, href, login.user === "anonymous")
        : failureOf(cause, named, { answered, timeout });
      entry.failure = failed.error.message;
      return failed;
    } finally {
      entry.end = performance.now();
      record?.(entry);
    }
  }

  async function transfer(
    connection: FtpConnection,
    read: Read,
    entry: RequestRecord,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    answered = true;
    entry.start = performance.now(); // before, it waited for a connection
    const guard = watch({ signals: [signal, life.signal], timeout, least });
    const ended = guard.signal;
    ended.addEventListener("abort", () => connection.close(), { once: true });
    try {
      version ??= await guard.over(connection.stat(path));
      read.end = Math.max(read.offset, Math.min(read.end, version.size));
      const length = read.end - read.offset;
      if (read.bytes.length !== length && read.got === 0) read.bytes = memory(read.bytes, length);
      if (read.got < length) {
        guard.alive(0);
        await guard.over(
          connection.retrieve(path, read.offset + read.got, (chunk) => {
            if (entry.length === 0) entry.firstByte = performance.now();
            entry.length += chunk.length;
            guard.alive(chunk.length);
            const part = chunk.subarray(0, length - read.got);
            read.bytes.set(part, read.got);
            read.got += part.length;
            return read.got < length;
          }),
        );
      }
      if (pin !== "none") agree(await guard.over(connection.stat(path)), version);
      if (read.got < length) throw new Error("the transfer ended early");
    } catch (cause) {
      throw ended.aborted ? ended.reason : cause;
    } finally {
      guard.end();
    }
  }

  /** Throws SOURCE_CHANGED where the file is another one than before. */
  function agree(now: Version, before: Version): void {
    if (now.size !== before.size) throw changed(named, "size", before.size, now.size);
    if (pin === "etag" && now.modified !== before.modified)
      throw changed(named, "modification time", shownTime(before), shownTime(now));
  }

  return ownSource({
    href,
    user: login.user === "anonymous" ? "" : login.user,
    connections: mostConnections,
    get size() {
      return version?.size;
    },
    get tag() {
      return version?.modified === undefined ? undefined : `${shownTime(version)}-${version.size}`;
    },
    get warnings() {
      const isBlind = version !== undefined && version.modified === undefined && pin === "etag";
      return isBlind
        ? [
            `${href}: the server tells no times of change: a change of the file between two reads could go unnoticed`,
          ]
        : [];
    },
    getRange,
    close: async () => life.close(),
  });
}

function shownTime({ modified }: Version): string {
  return modified === undefined ? "not told" : new Date(modified).toISOString();
}

/** The caller's memory where that is as long as what there is to read. */
function memory(given: Uint8Array, length: number): Uint8Array {
  return given.length >= length && length > 0 ? given : new Uint8Array(length);
}

/** What an address names; the path may be empty. Throws BAD_SOURCE for an address without a host. */
export function ftpAddress(address: string | URL, { ftp = {} }: SourceOptions): FtpAddress {
  const text = String(address);
  const [, scheme = "", userinfo, host = "", rest = ""] =
    /^(ftps?):\/\/(?:([^/]*)@)?([^/]*)\/([^#]*)/is.exec(text) ?? [];
  const [, name = "", port] = /^(\[[^\]]+\]|[^:[\]]*)(?::(\d{1,5}))?$/.exec(host) ?? [];
  const path = decode(rest.replace(/;type=[aid]$/i, ""));
  if (!name || Number(port ?? 21) > 65_535)
    throw new FitsError("BAD_SOURCE", `"${showNoUrl(text)}" names no file; write ftp://host/path`);
  const [user, password] = userinfo?.split(/:(.*)/s, 2).map(decode) ?? [ftp.user, ftp.password];
  const login = {
    host: name.replace(/^\[|\]$/g, ""),
    port: Number(port ?? 21),
    secure: scheme.toLowerCase() === "ftps",
    user: user ?? "anonymous",
    password: password ?? ftp.password ?? (user === undefined ? "anonymous@" : ""),
  };
  const href = `${scheme.toLowerCase()}://${host}/${rest}`.replace(/[^ -~]/g, encodeURIComponent);
  for (const part of [login.user, login.password, path]) {
    if (/\p{Cc}/u.test(part))
      throw new FitsError("BAD_SOURCE", `${href}: FTP allows no line breaks or other control characters`);
  }
  return { href, path, login };
}
