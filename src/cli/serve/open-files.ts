/**
 * The files that a server has open: a bounded number, those used last. A file that is in use is closed when its last user has left.
 */
import type { Fits } from "fitslice";

/** An open file, until `done` is called. */
export interface Loan {
  readonly fits: Fits;
  done(): void;
}

export interface OpenFiles {
  /** The file at `path`, opened by `open` where it is not, or where its `tag` has changed. */
  borrow(path: string, tag: string, open: () => Promise<Fits>): Promise<Loan>;
  close(): Promise<void>;
}

interface Entry {
  readonly tag: string;
  readonly fits: Promise<Fits>;
  users: number;
  /** Whether it is to be closed when nobody uses it. */
  isOld: boolean;
}

/** At most `most` files, but for those in use. */
export function openFiles(most: number): OpenFiles {
  /** In order of use, the least recent first. */
  const entries = new Map<string, Entry>();

  function retire(path: string, entry: Entry): void {
    if (entries.get(path) === entry) entries.delete(path);
    entry.isOld = true;
    if (entry.users === 0) closeQuietly(entry);
  }

  return {
    async borrow(path, tag, open) {
      let entry = entries.get(path);
      if (entry && entry.tag !== tag) retire(path, entry);
      if (!entry || entry.isOld) entry = { tag, fits: open(), users: 0, isOld: false };
      entries.delete(path);
      entries.set(path, entry);
      const mine = entry;
      mine.users++;
      for (const [oldest, each] of entries) {
        if (entries.size <= most) break;
        retire(oldest, each);
      }
      let isDone = false;
      const done = (): void => {
        if (isDone) return;
        isDone = true;
        mine.users--;
        if (mine.isOld && mine.users === 0) closeQuietly(mine);
      };
      try {
        return { fits: await mine.fits, done };
      } catch (error) {
        // A file that cannot be opened is tried again.
        retire(path, mine);
        done();
        throw error;
      }
    },
    async close() {
      const all = [...entries.values()];
      entries.clear();
      await Promise.allSettled(all.map(async ({ fits }) => (await fits).close()));
    },
  };
}

function closeQuietly({ fits }: Entry): void {
  fits.then((file) => file.close()).catch(() => undefined);
}
