/**
 * What a store must be able to do to be listed, and how stores made of folders do it.
 */
import { FitsError } from "../errors.js";
import type { ReaderOptions } from "../read/options.js";
import type { SourceOptions } from "../source/options.js";

/** A file, or a folder, that a listing has found. */
export interface ListEntry {
  /** Its address, as `open` takes it; that of a folder ends in `/`. Holds whatever a name holds: escape it to show it. */
  readonly href: string;
  /** Whether it is a folder, or what stores without folders have in their place: names with a `/` behind. */
  readonly isFolder: boolean;
  /** Bytes; absent of folders, and where the store does not tell. */
  readonly size?: number | undefined;
  /** About how many bytes, where an index page says `1.2M` and no more. */
  readonly sizeAbout?: number | undefined;
  /** When it was last changed. Of an index page, which names no time zone, taken as UTC. */
  readonly modified?: Date | undefined;
}

/** An entry as listers know it. */
export interface Found extends ListEntry {
  /** Names from the root of the store on, decoded, with `/` between them; behind a folder's, too. */
  readonly path: string;
  /** A link to a folder: what lies below everything does not lie below it. */
  readonly isLink?: boolean | undefined;
}

/** Options of a listing: how the store is reached, as in `open`. */
export interface ListOptions extends SourceOptions, Pick<ReaderOptions, "signal" | "profile"> {
  /** Files at all depths, without the folders. Default false: files and folders of one level. */
  readonly recursive?: boolean | undefined;
}

/** A store that can tell what is in it. */
export interface Lister {
  /** Whether a folder may be empty: stores without folders have names only. */
  readonly hasFolders: boolean;
  /**
   * What has a path that begins with `prefix`: files and folders up to the next `/`, or with `deep` files only, at all
   * depths. Throws NOT_FOUND where the store has folders, and not the one that the prefix begins with.
   */
  below(prefix: string, deep: boolean): AsyncIterable<Found>;
}

/** A store, and the path that an address names in it. */
export interface Place {
  readonly lister: Lister;
  /** Decoded; perhaps with wildcards. */
  readonly path: string;
}

/** Deeper is no tree of files but a loop, or a server that makes folders up. */
const deepest = 64;

/** Lists a store that knows folders; `read` tells what is in one: its path is empty, or ends in `/`. */
export function folderLister(read: (folder: string) => AsyncIterable<Found>): Lister {
  async function* below(prefix: string, deep: boolean, depth = 0): AsyncGenerator<Found, undefined> {
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    for await (const found of read(folder)) {
      if (!found.path.startsWith(prefix)) continue;
      if (!deep || !found.isFolder) yield found;
      else if (!found.isLink) {
        if (depth === deepest)
          throw new FitsError("UNSUPPORTED", `${found.href}: more than ${deepest} folders deep; list a part`);
        yield* below(found.path, true, depth + 1);
      }
    }
  }
  return { hasFolders: true, below: (prefix, deep) => below(prefix, deep) };
}
