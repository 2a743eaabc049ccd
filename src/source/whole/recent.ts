/**
 * Keeps the output of a decoder that was made or read last, within a budget of bytes.
 */

const PAGE = 1 << 17;

/** A page of the stream, of which the bytes from `from` to `to` are known. */
interface Page {
  readonly bytes: Uint8Array;
  from: number;
  to: number;
}

/** Pages of output, the least recently used forgotten first. */
export interface RecentOutput {
  /** Keeps a copy of `bytes`, which lie at `offset`. */
  put(offset: number, bytes: Uint8Array): void;
  /** Gives a want its bytes from `next` on, up to the first unknown byte. */
  read(wanted: {
    readonly next: number;
    readonly end: number;
    take(offset: number, bytes: Uint8Array): void;
  }): void;
  clear(): void;
}

/** @param budget bytes kept at most; 0 keeps nothing */
export function recentOutput(budget: number): RecentOutput {
  const pages = new Map<number, Page>();
  const most = Math.floor(budget / PAGE);

  function pageFor(index: number): Page {
    let page = pages.get(index);
    if (!page && pages.size >= most) {
      const [oldest, reused] = pages.entries().next().value!;
      pages.delete(oldest);
      page = { bytes: reused.bytes, from: 0, to: 0 };
    }
    page ??= { bytes: new Uint8Array(PAGE), from: 0, to: 0 };
    pages.delete(index);
    pages.set(index, page);
    return page;
  }

  return {
    put(offset, bytes) {
      if (most === 0) return;
      for (let done = 0; done < bytes.length; ) {
        const at = (offset + done) % PAGE;
        const n = Math.min(PAGE - at, bytes.length - done);
        const page = pageFor(Math.floor((offset + done) / PAGE));
        page.bytes.set(bytes.subarray(done, done + n), at);
        const touches = at <= page.to && at + n >= page.from;
        page.from = touches ? Math.min(page.from, at) : at;
        page.to = touches ? Math.max(page.to, at + n) : at + n;
        done += n;
      }
    },
    read(wanted) {
      while (wanted.next < wanted.end) {
        const at = wanted.next % PAGE;
        const index = Math.floor(wanted.next / PAGE);
        const page = pages.get(index);
        if (!page || at < page.from || at >= page.to) return;
        pages.delete(index);
        pages.set(index, page);
        wanted.take(wanted.next, page.bytes.subarray(at, page.to));
      }
    },
    clear: () => pages.clear(),
  };
}
