/**
 * An open FITS file: its HDUs, found one after the other as they are asked for.
 */
import type { GroupsHdu } from "./hdu/groups.js";
import type { HduLayout } from "./hdu/hdu.js";
import { type ImageHdu, imageHdu } from "./hdu/image.js";
import type { OtherHdu } from "./hdu/other.js";
import type { SpecialHdus } from "./hdu/special.js";
import type { TableHdu } from "./hdu/table.js";
import { newWalk, unusual, type Walk, walkOn } from "./hdu/walk.js";
import { contiguousPixels, stridedPlan } from "./image/contiguous.js";
import type { Pixels } from "./image/pixels.js";
import type { Explanation } from "./read/explain.js";
import type { AnyPlan as Plan } from "./read/old-plan.js";
import type { ReadOptions } from "./read/options.js";
import type { Reader } from "./read/run.js";

/** An HDU; `kind` tells which. A compressed image is an image. */
export type Hdu = ImageHdu | TableHdu | GroupsHdu | OtherHdu;

/** An HDU by its index (negative: from the end), its EXTNAME (in any case; `"PRIMARY"` is the first), or EXTNAME and EXTVER. */
export type HduSelector = number | string | readonly [name: string, ver: number];

/**
 * An open FITS file. HDUs are found lazily: asking for one reads the headers up to it, and nothing of the data.
 * Iterating over it gives the HDUs in order.
 */
export interface Fits extends AsyncIterable<Hdu> {
  /** Where the file is, fit to be shown. */
  readonly href: string;
  /** Bytes of the file (after decompression of a `.gz`); undefined while the source cannot tell. */
  readonly size: number | undefined;
  /** What is wrong with the file but can be read past, in words, as far as it was read. */
  readonly warnings: readonly string[];
  /** One HDU. Throws NO_SUCH_HDU, saying which there are. */
  hdu(which: HduSelector, options?: ReadOptions): Promise<Hdu>;
  /** One HDU that must be an image. Throws NO_SUCH_HDU, or WRONG_TYPE for another kind. */
  image(which: HduSelector, options?: ReadOptions): Promise<ImageHdu>;
  /** One HDU that must be a table. Throws NO_SUCH_HDU, or WRONG_TYPE for another kind. */
  table(which: HduSelector, options?: ReadOptions): Promise<TableHdu>;
  /** All HDUs. */
  hdus(options?: ReadOptions): Promise<Hdu[]>;
  /** Where every HDU lies, without making HDUs of them. */
  layouts(options?: ReadOptions): Promise<HduLayout[]>;
  /** Runs any plan against this file. */
  run<T>(plan: Plan<T>, options?: ReadOptions): Promise<T>;
  /** What a plan's first wave would read, and at what price. Reads nothing. */
  explain(plan: Plan<unknown>, options?: ReadOptions): Promise<Explanation>;
  /**
   * An index file of this file: with it `open(input, { index })` asks for no header, and parts of a gzip file cost
   * little more than their own bytes. Reads all headers; a gzip file to its end. Throws UNSUPPORTED for files that are
   * compressed as a whole in another way.
   */
  index(options?: ReadOptions): Promise<Uint8Array>;
  /** Cancels what is under way and lets the source go. */
  close(): Promise<void>;
}

/** The file behind `reader`, walked as far as `begun` says. Nothing is read before it is asked for. */
export function fitsFile(reader: Reader, begun: Walk = newWalk): Fits {
  const { source } = reader;
  const made = new Map<number, Promise<Hdu>>();
  let walk = begun;
  let special: SpecialHdus | undefined;

  /** Walks on until `enough`, or to the end. Calls at the same time share their bytes, not their aborts. */
  async function walkUntil(enough: () => boolean, ahead: boolean, options?: ReadOptions): Promise<void> {
    while (!walk.done && !enough()) {
      const before = walk;
      const after = await reader.run(
        walkOn(before, {
          size: source.size,
          blockSize: reader.options.blockSize,
          // A guess far ahead would inflate all that lies before it.
          ahead: ahead && !source.sequential,
        }),
        options,
      );
      if (walk === before) walk = after;
    }
  }

  function make(layout: HduLayout): Promise<Hdu> {
    const before = made.get(layout.index);
    if (before) return before;
    const hdu = makeHdu(layout);
    made.set(layout.index, hdu);
    hdu.catch(() => made.delete(layout.index));
    return hdu;
  }

  /** What only some files need is loaded when one of them comes. */
  async function makeHdu(layout: HduLayout): Promise<Hdu> {
    const { run, options } = reader;
    const image = (of: HduLayout, pixels: Pixels): ImageHdu => imageHdu(of, pixels, run);
    if (layout.type === "PRIMARY" || layout.type === "IMAGE")
      return image(layout, contiguousPixels(layout, source.size));
    const { specialHdus } = await unusual.load();
    special ??= specialHdus({
      run,
      source,
      workers: options.workers,
      image,
      strided: stridedPlan,
    });
    return special.make(layout);
  }

  async function hdu(which: HduSelector, options?: ReadOptions): Promise<Hdu> {
    // Files of few HDUs are the rule: the first two are mostly in the first read, the others are far away.
    const far = which !== 0 && which !== 1;
    await walkUntil(() => find(which, walk.hdus, false) !== undefined, far, options);
    const found = find(which, walk.hdus, true);
    if (found) return make(found);
    throw (await import("./hdu/missing.js")).noSuchHdu(which, walk, source.href);
  }

  async function ofKind<K extends Hdu["kind"]>(
    kind: K,
    which: HduSelector,
    options?: ReadOptions,
  ): Promise<Extract<Hdu, { kind: K }>> {
    const found = await hdu(which, options);
    if (found.kind === kind) return found as Extract<Hdu, { kind: K }>;
    throw (await import("./hdu/missing.js")).wrongKind(found, kind, source.href);
  }

  async function all(options?: ReadOptions): Promise<readonly HduLayout[]> {
    await walkUntil(() => false, true, options);
    return walk.hdus;
  }

  return {
    href: source.href,
    get size() {
      return source.size;
    },
    get warnings() {
      return walk.warnings;
    },
    hdu,
    image: (which, options) => ofKind("image", which, options),
    table: (which, options) => ofKind("table", which, options),
    hdus: async (options) => Promise.all((await all(options)).map(make)),
    layouts: async (options) => [...(await all(options))],
    async *[Symbol.asyncIterator]() {
      for (let index = 0; ; index++) {
        await walkUntil(() => walk.hdus.length > index, index > 1);
        const layout = walk.hdus[index];
        if (!layout) return;
        yield await make(layout);
      }
    },
    run: reader.run,
    explain: reader.explain,
    async index(options) {
      await all(options);
      return (await import("./index-of.js")).indexOf(reader, walk, options);
    },
    async close() {
      await special?.close();
      await reader.close();
    },
  };
}

/**
 * The HDU meant among those known; negative indices only when these are `all`. Names are matched without regard to
 * case and trailing blanks; the first HDU is always `PRIMARY`, too.
 */
function find(which: HduSelector, known: readonly HduLayout[], all: boolean): HduLayout | undefined {
  if (typeof which === "number")
    return which >= 0 || all ? known[which < 0 ? which + known.length : which] : undefined;
  const [name, ver] = [which].flat();
  const wanted = String(name).trimEnd().toUpperCase();
  return known.find(
    (hdu) =>
      (hdu.name.toUpperCase() === wanted || (hdu.index === 0 && wanted === "PRIMARY")) &&
      (ver === undefined || hdu.ver === ver),
  );
}
