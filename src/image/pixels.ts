/**
 * What an image HDU needs to know of its pixels, however they are stored: plain (contiguous.ts) or in compressed
 * tiles (tiles/).
 */
import type { Arrays, DType, NdArray } from "../array.js";
import type { Header } from "../header/header.js";
import type { Plan } from "../read/plan.js";
import type { Scaling } from "./scale.js";
import type { ResolvedSection } from "./section.js";

/** What pixels need to know of the HDU that they are in: an `HduLayout` has it. */
export interface ImageLayout {
  readonly index: number;
  readonly name: string;
  readonly bitpix: number;
  /** Slowest axis first. */
  readonly shape: readonly number[];
  readonly dataOffset: number;
  /** Bytes of the data unit without padding, heap included. */
  readonly dataSize: number;
  readonly header: Header;
}

/** How a section is to be delivered. */
export interface PixelOptions {
  /** Stored values instead of physical ones: no BSCALE, BZERO, BLANK. */
  readonly raw: boolean;
  /** What the steps say of the cache (`Step.keep`): false for pixels streamed by. */
  readonly keep: boolean;
  /**
   * Where the result comes from, in place of new memory: streams use theirs again and again. Such a plan is run once at
   * a time.
   */
  readonly allocate?: ((dtype: DType, length: number) => Arrays[DType]) | undefined;
}

/** The pixels of one image: how to plan any section of them. */
export interface Pixels {
  /** Slowest axis first. */
  readonly shape: readonly number[];
  /** Type of the stored values; of compressed images, what decompression (and dequantization) gives. */
  readonly rawDtype: DType;
  /** From stored values to physical ones; see `physicalDtype` for the type that this makes of `rawDtype`. */
  readonly scaling: Scaling;
  /** Shape of the compressed tiles, slowest axis first; absent where pixels lie in rows. */
  readonly tileShape?: readonly number[];
  /**
   * Plans the section: an array of `section.shape` in C order, of type `rawDtype` when raw, else
   * `physicalDtype(rawDtype, scaling)`. Throws TRUNCATED or TOO_LARGE before anything is allocated.
   */
  plan(section: ResolvedSection, options: PixelOptions): Plan<NdArray>;
}
