/**
 * An open FITS file: its HDUs, found one after the other as they are asked for.
 */
import { loadTileWorkers } from "#platform";
import { checkArgument } from "./argument.js";
import { elementCount } from "./array.js";
import { FitsError } from "./errors.js";
import type { HduLayout } from "./hdu/hdu.js";
import type { ImageHdu } from "./hdu/image.js";
import { type Hdu, type HduFile, makeHdu } from "./hdu/make.js";
import type { TableHdu } from "./hdu/table.js";
import { newWalk, type Walk, walkPlan } from "./hdu/walk.js";
import type { Explanation } from "./read/explain.js";
import type { ReadOptions } from "./read/options.js";
import { done, type Plan } from "./read/plan.js";
import type { Reader } from "./read/run.js";

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
  /** What tells this version of the file from others: its strong ETag, else its Last-Modified, where the server gave one. */
  readonly tag: string | undefined;
  /** What is wrong with the file, or with its server, but can be read past, in words, as far as it was read. */
  readonly warnings: readonly string[];
  /** Where the HDUs found so far lie, without waiting; see `layouts` for all of them. */
  readonly known: readonly HduLayout[];
  /** One HDU. Throws NO_SUCH_HDU, saying which there are. */
  hdu(which: HduSelector, options?: ReadOptions): Promise<Hdu>;
  /**
   * One HDU that must be an image; without `which` the first image that has pixels. Throws NO_SUCH_HDU, or WRONG_TYPE for
   * another kind.
   */
  image(which?: HduSelector, options?: ReadOptions): Promise<ImageHdu>;
  /** One HDU that must be a table; without `which` the first table. Throws NO_SUCH_HDU, or WRONG_TYPE for another kind. */
  table(which?: HduSelector, options?: ReadOptions): Promise<TableHdu>;
  /** All HDUs. */
  hdus(options?: ReadOptions): Promise<Hdu[]>;
  /** The HDUs in order, each as soon as it is found: `for await (const hdu of fits.iterate({ signal }))`. */
  iterate(options?: ReadOptions): AsyncIterableIterator<Hdu>;
  /** Where every HDU lies, without making HDUs of them. */
  layouts(options?: ReadOptions): Promise<HduLayout[]>;
  /** Runs any plan against this file. */
  run<T>(plan: Plan<T>, options?: ReadOptions): Promise<T>;
  /** What a plan's first wave would read, and at what price. Reads nothing, and allocates no result. */
  explain(plan: Plan<unknown>, options?: ReadOptions): Promise<Explanation>;
  /**
   * An index file of this file: with it `open(input, { index })` asks for no header, and parts of a gzip file cost
   * little more than their own bytes. Reads all headers; a gzip file to its end. Throws UNSUPPORTED for files that are
   * compressed as a whole in another way.
   */
  index(options?: ReadOptions): Promise<Uint8Array>;
  /** Cancels what is under way and lets the source go. Final: every later read is refused (CLOSED). */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The file behind `reader`, walked as far as `begun` says. Nothing is read before it is asked for. */
export function fitsFile(reader: Reader, begun: Walk = newWalk): Fits {
  const { source, session, run, memory } = reader;
  const made = new Map<number, Promise<Hdu>>();
  let walk = begun;

  const file: HduFile = {
    run,
    source,
    memory,
    maxTileBytes: reader.options.maxTileBytes,
    pool: () =>
      session.shared("tile workers", async () => {
        const [{ tilePool }, platform] = await Promise.all([
          import("./image/tiles/pool.js"),
          loadTileWorkers(),
        ]);
        return tilePool(platform, session.workers);
      }),
  };

  /** Walks on until `enough`, or to the end. Calls at the same time share their bytes, not their aborts. */
  async function walkUntil(
    enough: (hdus: readonly HduLayout[]) => boolean,
    ahead: boolean,
    options?: ReadOptions,
  ): Promise<void> {
    // Where nothing has to be read, options that make no sense and a closed file are refused all the same.
    if (walk.done || enough(walk.hdus)) return run(done(undefined), options);
    const plan = walkPlan(walk, {
      file: source,
      blockSize: reader.options.blockSize,
      // A guess far ahead would inflate all that lies before it.
      ahead: ahead && !source.sequential,
      enough,
    });
    const after = await run(plan, options);
    if (after.done || after.hdus.length > walk.hdus.length) walk = after;
  }

  function make(layout: HduLayout): Promise<Hdu> {
    const before = made.get(layout.index);
    if (before) return before;
    const hdu = makeHdu(layout, file);
    made.set(layout.index, hdu);
    hdu.catch(() => made.delete(layout.index));
    return hdu;
  }

  async function hdu(which: HduSelector, options?: ReadOptions): Promise<Hdu> {
    checkSelector(which);
    // Files of few HDUs are the rule: the first two are mostly in the first read, the others are far away.
    const isFar = which !== 0 && which !== 1;
    await walkUntil((hdus) => find(which, hdus, false) !== undefined, isFar, options);
    const found = find(which, walk.hdus, true);
    if (found) return make(found);
    throw noSuchHdu(which, walk, source.href);
  }

  async function first(
    what: string,
    fits: (layout: HduLayout) => boolean,
    options?: ReadOptions,
  ): Promise<Hdu> {
    await walkUntil((hdus) => hdus.some(fits), true, options);
    const found = walk.hdus.find(fits);
    if (found) return make(found);
    throw (
      walk.error ?? new FitsError("NO_SUCH_HDU", `${source.href}: no ${what}; there are ${listed(walk.hdus)}`)
    );
  }

  async function all(options?: ReadOptions): Promise<readonly HduLayout[]> {
    await walkUntil(() => false, true, options);
    return walk.hdus;
  }

  async function* iterate(options?: ReadOptions): AsyncGenerator<Hdu, undefined> {
    for (let index = 0; ; index++) {
      options?.signal?.throwIfAborted();
      await walkUntil((hdus) => hdus.length > index, index > 1, options);
      const layout = walk.hdus[index];
      if (!layout) return;
      yield await make(layout);
    }
  }

  const close = (): Promise<void> => reader.close();
  return {
    href: source.href,
    get size() {
      return source.size;
    },
    get tag() {
      return source.tag;
    },
    get warnings() {
      return [...(source.warnings ?? []), ...walk.warnings];
    },
    get known() {
      return walk.hdus;
    },
    hdu,
    image: async (which, options) =>
      ofKind(
        "image",
        which === undefined
          ? await first("image with pixels", hasPixels, options)
          : await hdu(which, options),
        source.href,
      ),
    table: async (which, options) =>
      ofKind(
        "table",
        which === undefined ? await first("table", isTable, options) : await hdu(which, options),
        source.href,
      ),
    hdus: async (options) => Promise.all((await all(options)).map(make)),
    iterate,
    layouts: async (options) => [...(await all(options))],
    [Symbol.asyncIterator]: () => iterate(),
    run,
    explain: reader.explain,
    async index(options = {}) {
      const hdus = await all(options);
      if (walk.error) throw walk.error;
      const { buildIndex } = await import("./source/sidecar/make.js");
      const recorder = reader.options.profile?.recorder;
      recorder?.begin();
      try {
        return await buildIndex(source, hdus, {
          ...(options.signal && { signal: options.signal }),
          record: (request) => recorder?.request(request, "the whole file, for its index"),
        });
      } finally {
        recorder?.finish();
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Throws BAD_ARGUMENT for a selector that no HDU can answer to. */
function checkSelector(which: HduSelector): void {
  const [name, ver] = Array.isArray(which) && which.length <= 2 ? which : [which];
  const isName = typeof name === "string" && (ver === undefined || Number.isInteger(ver));
  checkArgument(isName || Number.isInteger(which), "an HDU", "an index, a name or [name, version]", which);
}

/**
 * The HDU meant among those known; negative indices only when these are `all`. Names are matched without regard to
 * case and trailing blanks; the first HDU is always `PRIMARY`, too.
 */
function find(which: HduSelector, known: readonly HduLayout[], all: boolean): HduLayout | undefined {
  if (typeof which === "number")
    return which >= 0 || all ? known[which < 0 ? which + known.length : which] : undefined;
  const [name, ver] = [which].flat();
  return known.find((hdu) => isNamed(hdu, String(name)) && (ver === undefined || hdu.ver === ver));
}

function isNamed(hdu: HduLayout, name: string): boolean {
  const wanted = name.trimEnd().toUpperCase();
  return hdu.name.toUpperCase() === wanted || (hdu.index === 0 && wanted === "PRIMARY");
}

function hasPixels({ type, shape }: HduLayout): boolean {
  return /^(PRIMARY|IMAGE|COMPRESSED_IMAGE)$/.test(type) && shape.length > 0 && elementCount(shape) > 0;
}

function isTable({ type }: HduLayout): boolean {
  return type === "BINTABLE" || type === "TABLE";
}

const kinds: Readonly<Record<Hdu["kind"], string>> = {
  image: "an image",
  table: "a table",
  groups: "random groups",
  other: "a foreign extension",
};

/** An HDU of `href` that must be of this kind. Throws WRONG_TYPE. */
function ofKind<K extends Hdu["kind"]>(kind: K, found: Hdu, href: string): Extract<Hdu, { kind: K }> {
  if (found.kind === kind) return found as Extract<Hdu, { kind: K }>;
  const what = `${href}: HDU ${found.index}${found.name && ` "${found.name}"`}`;
  const hint = found.kind === "image" || found.kind === "table" ? `; read it as ${kinds[found.kind]}` : "";
  throw new FitsError("WRONG_TYPE", `${what} is ${kinds[found.kind]}, not ${kinds[kind]}${hint}`);
}

const mostListed = 12;

/** The error for a selector that no HDU of `href` answers to that the walk has found, to its end. */
function noSuchHdu(which: HduSelector, walk: Walk, href: string): FitsError {
  if (walk.error) return walk.error;
  const [name, ver] = [which].flat();
  const wanted = [
    typeof name === "string" ? JSON.stringify(name) : name,
    ...(ver === undefined ? [] : [ver]),
  ];
  // Of several versions of a name only one may be missing.
  const versions = walk.hdus.filter((hdu) => ver !== undefined && isNamed(hdu, String(name)));
  const there = listed(versions.length > 0 ? versions : walk.hdus);
  return new FitsError("NO_SUCH_HDU", `${href}: no HDU ${wanted.join()}; there are ${there}`);
}

/** The HDUs of a file, as messages list them. */
function listed(hdus: readonly HduLayout[]): string {
  const there = hdus
    .slice(0, mostListed)
    .map(({ index, name, ver, type }) => `${index} ${name || `(${type})`}${ver === 1 ? "" : `,${ver}`}`);
  if (hdus.length > mostListed) there.push(`... ${hdus.length} in all`);
  return there.join(", ");
}
