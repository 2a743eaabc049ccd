/**
 * Listings of folders of FTP servers, by MLSD or LIST.
 */
import { loadFtp } from "#platform";
import { FitsError } from "../errors.js";
import type { FtpEntry } from "../platform/types.js";
import { failureOf } from "../source/http-errors.js";
import { decode, hiding } from "../source/redact.js";
import { pause, pauseBefore, watch } from "../source/retry.js";
import { ftpAddress } from "../source/stores/ftp.js";
import { ftpFailure, isRefusal } from "../source/stores/ftp-error.js";
import { ftpPool } from "../source/stores/ftp-pool.js";
import { folderLister } from "./folders.js";
import type { Found, ListOptions, Place } from "./lister.js";

/** The place of `ftp://host/path`. Throws BAD_SOURCE for an address without a host, UNSUPPORTED in a browser. */
export async function ftpPlace(address: string, options: ListOptions): Promise<Place> {
  const [, start = address, path = ""] = /^([a-z]+:\/\/[^/]*)\/?(.*)$/is.exec(address) ?? [];
  const { href: root, login } = ftpAddress(`${start}/`, options);
  const connect = await loadFtp();
  if (!connect) throw new FitsError("UNSUPPORTED", `${root}: pages cannot use FTP; give an https: address`);
  const pool = ftpPool(connect, login);
  const { signal, retries = 5, timeout = 30_000, minBytesPerSecond: least = 240 } = options;
  const hide = hiding(login.user === "anonymous" ? [] : [login.password]);

  /** The entries of a folder; asked for again after passing failures. */
  async function entriesOf(folder: string): Promise<readonly FtpEntry[]> {
    const href = root + shown(folder);
    for (let failures = 0; ; failures++) {
      const guard = watch({ signals: [signal], timeout, least });
      try {
        const listing = pool.use({ signal: guard.signal, timeout }, (connection) => {
          guard.alive(0);
          return connection.list(folder, guard.alive);
        });
        return await guard.over(listing);
      } catch (cause) {
        signal?.throwIfAborted();
        const failed = isRefusal(cause)
          ? ftpFailure(cause, href, login.user === "anonymous")
          : failureOf(guard.signal.reason ?? cause, { href, hide }, { answered: failures > 0, timeout });
        if (!failed.passing || failures >= retries) throw failed.error;
        await pause(pauseBefore(failures, undefined), signal);
      } finally {
        guard.end();
      }
    }
  }

  async function* read(folder: string): AsyncGenerator<Found, undefined> {
    for (const { name, kind, size, modified } of await entriesOf(folder)) {
      if (/^\.{0,2}$|[/\p{Cc}]/u.test(name) || kind === "other") continue;
      const isFolder = kind === "folder";
      const at = `${folder}${name}${isFolder ? "/" : ""}`;
      yield {
        href: root + shown(at),
        path: at,
        isFolder,
        ...(modified && { modified }),
        // Servers give a link the length of its target's name as size.
        ...(kind === "file" && { size }),
      };
    }
  }
  return { lister: folderLister(read), path: decode(path) };
}

/** A path as part of an address: percent-encodes all characters that have a meaning in addresses. */
function shown(path: string): string {
  return path.replace(/[^ -~]|[%#?]/g, encodeURIComponent);
}
