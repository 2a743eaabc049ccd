/**
 * An image band by band, with the next band read while this one is used; and its statistics.
 */
import { onAbort } from "../abort.js";
import { allocate, bytesPerElement, type DType, type NdArray, viewAs } from "../array.js";
import { type BandPlace, type BandSize, bandPlaces, narrowSection } from "../image/bands.js";
import type { PixelOptions, Pixels } from "../image/pixels.js";
import type { ResolvedSection, Selection } from "../image/section.js";
import { type Statistics, statisticsPass } from "../image/stats.js";
import type { ReadOptions } from "../read/options.js";
import { done } from "../read/plan.js";
import type { RunPlan, SectionOptions } from "./hdu.js";

export interface BandOptions extends SectionOptions, BandSize {
  /**
   * Memory that the bands use in turn where they fit, in place of new memory for each: of two buffers, a band's values
   * are good until the next but one is asked for. Default: none.
   */
  readonly memory?: readonly ArrayBuffer[] | undefined;
}

/** Part of a section: `start` is its place in the section's result, slowest axis first. */
export type Band<D extends DType = DType> = NdArray<D> & { start: number[] };

/** What is known of an image's pixels, and how they are read. */
export interface ReadableImage {
  readonly pixels: Pixels;
  readonly run: RunPlan;
  resolve(selection?: Selection): ResolvedSection;
  dtypeOf(raw: boolean): DType;
}

/** The bands of a section, with one read ahead. */
export async function* bandsOf(
  image: ReadableImage,
  selection: Selection | undefined,
  options: BandOptions,
): AsyncGenerator<Band, undefined> {
  const { pixels, run } = image;
  // Options that make no sense are told as by any other read.
  await run(done(undefined), options);
  const { memory = [] } = options;
  const raw = options.raw ?? false;
  const section = image.resolve(selection);
  const places = bandPlaces(
    section.shape,
    bytesPerElement(image.dtypeOf(raw)),
    options,
    tileGrid(pixels, section),
  );
  const stop = new AbortController();
  const { signal } = stop;
  const forget = onAbort(options.signal, () => stop.abort(options.signal?.reason));
  let number = 0;
  const start = (place: BandPlace): Promise<Band> => {
    const given = memory[number++ % memory.length];
    const pixelOptions: PixelOptions = { raw, keep: false, allocate: given && within(given) };
    return readBand(pixels, section, place, pixelOptions, run, { ...options, signal });
  };
  let ahead: Promise<Band> | undefined;
  try {
    for (const place of places) {
      const current = await ahead;
      ahead = start(place);
      // Its failure is told when its turn comes, or never if the caller leaves before.
      ahead.catch(() => {});
      if (current) yield current;
    }
    if (ahead) yield await ahead;
  } finally {
    forget();
    stop.abort();
  }
}

/** The statistics of a section. */
export async function statsOf(
  image: ReadableImage,
  selection: Selection | undefined,
  options: SectionOptions,
): Promise<Statistics> {
  const dtype = image.dtypeOf(options?.raw ?? false);
  const pass = statisticsPass(dtype);
  const { shape } = image.resolve(selection);
  const memory = [0, 1].map(() => new ArrayBuffer(Math.min(statsBand, bytesOfShape(shape, dtype))));
  for await (const band of bandsOf(image, selection, { ...options, bytes: statsBand, memory }))
    pass.add(band.data);
  return pass.finish(shape);
}

/** Two of these are in use at a time. */
const statsBand = 16 * 1024 * 1024;

function bytesOfShape(shape: readonly number[], dtype: DType): number {
  return shape.reduce((n, length) => n * length, bytesPerElement(dtype));
}

/** Arrays in memory that is there already, where it is large enough. */
function within(memory: ArrayBuffer): typeof allocate {
  return (dtype, length) => {
    const bytes = length * bytesPerElement(dtype);
    return bytes <= memory.byteLength
      ? viewAs(new Uint8Array(memory, 0, bytes), dtype)
      : allocate(dtype, length);
  };
}

async function readBand(
  pixels: Pixels,
  section: ResolvedSection,
  place: BandPlace,
  pixelOptions: PixelOptions,
  run: RunPlan,
  options: ReadOptions,
): Promise<Band> {
  const part = narrowSection(section, place.start, place.shape);
  return { start: place.start, ...(await run(pixels.plan(part, pixelOptions), options)) };
}

/** Where the edges of tiles fall in the result of a section; undefined for an axis that is read in steps. */
function tileGrid(
  pixels: Pixels,
  section: ResolvedSection,
): ((axis: number) => { length: number; first: number } | undefined) | undefined {
  const { tileShape } = pixels;
  if (!tileShape) return undefined;
  const kept = section.dropped.flatMap((dropped, axis) => (dropped ? [] : [axis]));
  return (resultAxis) => {
    const axis = kept[resultAxis]!;
    const length = tileShape[axis]!;
    if (section.step[axis] !== 1) return undefined;
    return { length, first: length - (section.start[axis]! % length) };
  };
}
