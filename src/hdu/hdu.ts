/**
 * Header-data units: what kind each is, where it lies, how long it is.
 */
import type { Header } from "../header/header.js";
import type { ReadOptions } from "../read/options.js";
import type { Plan } from "../read/plan.js";

/** `FOREIGN` is a conforming extension of a type that the Standard does not define (its XTENSION is in the header). */
export type HduType = "PRIMARY" | "IMAGE" | "COMPRESSED_IMAGE" | "BINTABLE" | "TABLE" | "GROUPS" | "FOREIGN";

/** Where an HDU lies in the file and what its header says of its data. */
export interface HduLayout {
  readonly index: number;
  /** EXTNAME; without one `PRIMARY` for a primary HDU, `COMPRESSED_IMAGE` for such an image, else empty. */
  readonly name: string;
  /** EXTVER, 1 without one. */
  readonly ver: number;
  readonly type: HduType;
  /** BITPIX (ZBITPIX of a compressed image). */
  readonly bitpix: number;
  /** Slowest axis first: of an image its pixels, of a table [rows, bytes of a row], of groups [groups, ...array]. */
  readonly shape: readonly number[];
  readonly headerOffset: number;
  /** Bytes of the header, padded. */
  readonly headerSize: number;
  readonly dataOffset: number;
  /** Bytes of the data unit without padding, heap included. */
  readonly dataSize: number;
  /** Where the next HDU would start. */
  readonly end: number;
  /** Cards before END, CONTINUE cards counted to the card that they continue, as astropy counts them. */
  readonly cards: number;
  /** Where the file ends, if that is before the data unit does: the data behind it cannot be read. */
  readonly truncatedAt?: number;
  readonly header: Header;
}

/** Runs a plan against the file that an HDU belongs to. */
export type RunPlan = <T>(plan: Plan<T>, options?: ReadOptions) => Promise<T>;

/** Stored values (`raw: true`) or physical ones, the default: BSCALE, BZERO, BLANK and unsigned conventions applied. */
export interface ValueOptions {
  raw?: boolean | undefined;
}

/** How a section is read. */
export interface SectionOptions extends ReadOptions, ValueOptions {}
