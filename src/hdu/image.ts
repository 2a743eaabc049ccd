/**
 * An image HDU: its shape and type, and the ways to read sections of it.
 */
import type { DType, NdArray } from "../array.js";
import { FitsError, hduLabel } from "../errors.js";
import type { Pixels } from "../image/pixels.js";
import { physicalDtype } from "../image/scale.js";
import { type ResolvedSection, resolveSection, type Selection } from "../image/section.js";
import type { Statistics } from "../image/stats.js";
import { type Plan, together } from "../read/plan.js";
import { type Band, type BandOptions, bandsOf, type ReadableImage, statsOf } from "./bands.js";
import type { HduLayout, RunPlan, SectionOptions, ValueOptions } from "./hdu.js";
import type { TableHdu } from "./table.js";

/**
 * An image, compressed or not. `D` is the type of its physical values; narrow it with `is`. Shapes and selections are
 * in C order (NAXISn first), 0-based, half-open. Methods that read throw FitsError, and reject with the signal's reason
 * when aborted: BAD_SELECTION for a section that does not fit or an image without axes, TRUNCATED where the file ends
 * before the pixels do, BAD_HEADER where a keyword that scales pixels is no number (stored values can be read all the
 * same), TOO_LARGE for a result that memory cannot hold.
 */
export interface ImageHdu<D extends DType = DType> extends HduLayout {
  readonly kind: "image";
  /** Type of physical values. */
  readonly dtype: D;
  /** Type of stored values: of compressed images, of what decompression gives. */
  readonly rawDtype: DType;
  /** Shape of the compressed tiles, slowest axis first; absent where pixels lie in rows. */
  readonly tileShape?: readonly number[];
  /** Of a compressed image, the table that holds its tiles, as it stands in the file, with its own header. */
  table?(): Promise<TableHdu>;
  /** Whether physical values are of this type; if so, sections are known to be. */
  is<Q extends DType>(dtype: Q): this is ImageHdu<Q>;
  /** Which indices a selection takes of each axis, and the shape of its result. */
  resolve(selection?: Selection): ResolvedSection;
  /** The plan of a section's stored values: pure, reads nothing. */
  plan(selection: Selection | undefined, options: ValueOptions & { raw: true }): Plan<NdArray>;
  /** The plan of a section: pure, reads nothing. */
  plan(selection?: Selection, options?: ValueOptions & { raw?: false | undefined }): Plan<NdArray<D>>;
  plan(selection?: Selection, options?: ValueOptions): Plan<NdArray>;
  /** Reads a section's stored values; without one, those of the whole image. */
  section(selection: Selection | undefined, options: SectionOptions & { raw: true }): Promise<NdArray>;
  /** Reads a section; without one, the whole image. */
  section(selection?: Selection, options?: SectionOptions & { raw?: false | undefined }): Promise<NdArray<D>>;
  section(selection?: Selection, options?: SectionOptions): Promise<NdArray>;
  /** Reads the stored values of many sections, priced together as one step. */
  sections(selections: readonly Selection[], options: SectionOptions & { raw: true }): Promise<NdArray[]>;
  /** Reads many sections, priced together as one step; the results are in the order of `selections`. */
  sections(
    selections: readonly Selection[],
    options?: SectionOptions & { raw?: false | undefined },
  ): Promise<NdArray<D>[]>;
  sections(selections: readonly Selection[], options?: SectionOptions): Promise<NdArray[]>;
  /** Streams a section's stored values, band by band, as the physical ones are. */
  bands(selection: Selection | undefined, options: BandOptions & { raw: true }): AsyncIterableIterator<Band>;
  /**
   * Streams a section in C order, band by band, with one band read ahead: memory for three bands, whatever the size of
   * the image. Nothing goes to the cache. Leaving the loop stops the reading.
   */
  bands(
    selection?: Selection,
    options?: BandOptions & { raw?: false | undefined },
  ): AsyncIterableIterator<Band<D>>;
  bands(selection?: Selection, options?: BandOptions): AsyncIterableIterator<Band>;
  /** Count, extremes, mean and standard deviation of a section (of its finite values), streamed in bounded memory. */
  stats(selection?: Selection, options?: SectionOptions): Promise<Statistics>;
}

/**
 * The image HDU that `layout` describes, its pixels planned by `pixels` and read by `run`; `table` gives the table of a
 * compressed image.
 */
export function imageHdu(
  layout: HduLayout,
  pixels: Pixels,
  run: RunPlan,
  table?: () => Promise<TableHdu>,
): ImageHdu {
  const dtypeOf = (raw: boolean): DType =>
    raw ? pixels.rawDtype : physicalDtype(pixels.rawDtype, pixels.scaling);

  const resolve = (selection?: Selection): ResolvedSection => {
    const where = hduLabel(layout);
    if (pixels.shape.length === 0)
      throw new FitsError("BAD_SELECTION", `${where} has no pixels (NAXIS = 0); try another HDU`);
    try {
      return resolveSection(selection, pixels.shape);
    } catch (error) {
      if (!(error instanceof FitsError)) throw error;
      throw new FitsError(error.code, `${where}: ${error.message}`, { cause: error });
    }
  };

  const plan = (selection?: Selection, options: ValueOptions = {}): Plan<NdArray> =>
    pixels.plan(resolve(selection), { raw: options?.raw ?? false, keep: true });

  const readable: ReadableImage = { pixels, run, resolve, dtypeOf };

  const image = {
    ...layout,
    kind: "image" as const,
    get dtype(): DType {
      return dtypeOf(false);
    },
    rawDtype: pixels.rawDtype,
    shape: pixels.shape,
    ...(pixels.tileShape && { tileShape: pixels.tileShape }),
    is: (dtype: DType) => dtypeOf(false) === dtype,
    resolve,
    plan,
    section: async (selection?: Selection, options: SectionOptions = {}) =>
      run(plan(selection, options), options),
    sections: async (selections: readonly Selection[], options: SectionOptions = {}) => {
      if (!Array.isArray(selections))
        throw new FitsError("BAD_SELECTION", "sections takes an array of sections; one alone is for section");
      return run(together(selections.map((selection) => plan(selection, options))), options);
    },
    bands: (selection?: Selection, options: BandOptions = {}) => bandsOf(readable, selection, options),
    stats: async (selection?: Selection, options: SectionOptions = {}) =>
      statsOf(readable, selection, options),
    ...(table && { table }),
  };
  return image as Omit<ImageHdu, "is"> as ImageHdu;
}
