/**
 * What the writer needs of an HDU: its cards, its data in chunks, and when each is known.
 */
import { checkNameVer } from "./given.js";
import type { HeaderItem } from "./header.js";
import type { Spool } from "./spool.js";

/** What a header says that may be known only when the data have been produced. */
export interface DataFacts {
  readonly rows: number;
  /** Bytes of the heap, 0 without one. */
  readonly heapBytes: number;
  /** Of each column the most elements that a variable-length cell holds. */
  readonly longest: readonly number[];
}

/** The facts of data that have neither rows nor heap. */
export const noFacts: DataFacts = { rows: 0, heapBytes: 0, longest: [] };

/** An HDU to be written, as `imageHdu`, `tableHdu` and `asciiTableHdu` make them. */
export interface WritableHdu {
  readonly kind: "image" | "table";
  /** Known before any data are produced; absent where only `data` finds them out. */
  readonly facts?: DataFacts;
  /** Whether `data` may be called more than once. */
  readonly repeatable: boolean;
  /** The byte that fills the data unit's last block. */
  readonly fill: 0 | 32;
  /** Whether the header gets checksums also where the writer was not asked for them: it had some. Default false. */
  readonly checksum?: boolean;
  /** What lies behind the last HDU of another file (special records, Standard 3.5): data without header or checksums. */
  readonly headless?: true;
  /** The header as it stands in another file, whole blocks, where nothing in it changes but checksums asked for. */
  readonly header?: (primary: boolean) => Uint8Array<ArrayBuffer> | undefined;
  /** All cards but END; checksums among them give way to new ones, in their place. The number of cards does not depend on `facts`. */
  cards(primary: boolean, facts: DataFacts): HeaderItem[];
  /** The data unit without its padding. The chunks are the caller's to keep; `spool` makes a place for a heap. */
  data(spool: () => Spool): AsyncGenerator<Uint8Array<ArrayBuffer>, DataFacts, void>;
}

/** Things at once, or as they come. An array can be gone through again, which saves the writer buffers. */
export type Stream<T> = Iterable<T> | AsyncIterable<T>;

/** EXTNAME and EXTVER, where given. Throws BAD_ARGUMENT for what is neither. */
export function nameCards(name: string | undefined, ver: number | undefined): HeaderItem[] {
  checkNameVer(name, ver);
  const cards: HeaderItem[] = [];
  if (name !== undefined) cards.push({ keyword: "EXTNAME", value: name, comment: "name of this HDU" });
  if (ver !== undefined) cards.push({ keyword: "EXTVER", value: ver, comment: "version of this HDU" });
  return cards;
}
