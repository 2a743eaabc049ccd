/**
 * What a store must be able to do to be listed.
 */
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
