/**
 * Cuts the stamps of a shard: opens its file, places its targets, and reads their pixels, batch after batch.
 */

import { unlessAborted } from "../abort.js";
import { checkMembers, checkObject } from "../argument.js";
import { elementCount, type NdArray } from "../array.js";
import { celestialOf, imagesIn } from "../cutout/cutout.js";
import { selectionOf } from "../cutout/grid.js";
import type { CutImage } from "../cutout/output.js";
import { type Fill, filled, fillOf } from "../cutout/pixels.js";
import { type Placed, placeRegion } from "../cutout/place.js";
import { regionOf } from "../cutout/region.js";
import { FitsError } from "../errors.js";
import type { Fits, HduSelector } from "../fits.js";
import type { ImageHdu } from "../hdu/image.js";
import { type Plan, together } from "../read/plan.js";
import type { Celestial } from "../wcs/wcs.js";
import type { Shard, ShardTarget, StampSpec } from "./job.js";
import type { StampStatus } from "./outcome.js";
import { hasPlainRows, type RowFile, readRows } from "./rows.js";

/** A file that is open for a shard. */
export interface ShardFile {
  readonly fits: Fits;
  /** The HDU that its address names. */
  readonly hdu?: HduSelector | undefined;
  /** The same file for reading at once, where it is a local one that is not compressed as a whole. */
  readonly rows?: RowFile | undefined;
}

export interface CutShardOptions {
  /** Opens the shard's file; whoever opens it closes it. An abort does not wait for the answer. */
  readonly open: (source: string) => Promise<ShardFile>;
  /** Which targets are still to be cut. Default: all. */
  readonly wants?: ((target: ShardTarget) => boolean) | undefined;
  /** About how many bytes of pixels are in memory at a time. Default 16 MiB. */
  readonly batchBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The pixels of a stamp. */
export interface CutStamp {
  readonly fits: Fits;
  /** The cut of each HDU; `stored` holds the pixels, as `StampSpec.raw` wants them. */
  readonly cuts: readonly (CutImage & { readonly stored: NdArray })[];
  /** Of the first HDU. */
  readonly celestial: Celestial | undefined;
}

/** Outcome of one target. */
export interface Stamp {
  readonly target: ShardTarget;
  readonly status: StampStatus;
  readonly reason?: string | undefined;
  /** The first HDU that was cut, or was to be. */
  readonly hdu?: number | undefined;
  /** There where the status is `done` or `partial`. */
  readonly cut?: CutStamp | undefined;
}

/** A target that could not be cut. */
type Refused = Stamp & { readonly cut?: undefined };

/** An image of the shard. */
interface Scene {
  readonly image: ImageHdu;
  readonly celestial: Celestial | undefined;
}

/** A target in the images of its shard. */
interface PlacedTarget {
  readonly target: ShardTarget;
  readonly status: "done" | "partial";
  readonly parts: readonly (Scene & { readonly place: Placed; readonly fill: Fill | undefined })[];
  readonly bytes: number;
}

/** More than this is no stamp. */
const mostBytes = 2 ** 28;
/** More in one wave would only fill memory with plans. */
const mostInBatch = 2048;

/**
 * Cuts a shard, batch after batch, each read in one wave; a batch holds the stamps in the order of their pixels. Every target that is
 * wanted comes once. A target that fails, and a file that cannot be opened or read, are statuses; it throws for an abort alone.
 */
export async function* cutShard(
  shard: Shard,
  spec: StampSpec,
  options: CutShardOptions,
): AsyncGenerator<Stamp[], undefined> {
  checkMembers(shard, ["source", "targets"], "a shard", "one of planStamps");
  checkObject(spec, "the specification");
  checkMembers(options, ["open"], "options", "an object with open");
  const { wants = () => true, batchBytes = 2 ** 24, signal } = options;
  const targets = shard.targets.filter(wants);
  if (targets.length === 0) return;
  const opened = await unlessFailed(() => openScenes(shard, spec, options));
  if (opened instanceof FitsError) {
    yield targets.map((target) => failed(target, opened, shard.hdu));
    return;
  }
  const { file, scenes } = opened;
  const placed: PlacedTarget[] = [];
  const refused: Refused[] = [];
  for (const target of targets) {
    const one = placeIn(scenes, target, spec);
    if ("parts" in one) placed.push(one);
    else refused.push(one);
  }
  if (refused.length > 0) yield refused;
  for (const batch of batches(placed.sort(alongFile), batchBytes)) {
    signal?.throwIfAborted();
    yield await readBatch(file, batch, spec, signal);
  }
}

/** A failure of the file or of the way to it; anything else is thrown on. */
async function unlessFailed<T>(work: () => Promise<T>): Promise<T | FitsError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FitsError) return error;
    throw error;
  }
}

function failed(target: ShardTarget, { message }: FitsError, hdu: number | undefined): Refused {
  return { target, status: "failed", reason: message, hdu };
}

async function openScenes(
  shard: Shard,
  { hdus }: StampSpec,
  { open, signal }: CutShardOptions,
): Promise<{ file: ShardFile; scenes: Scene[] }> {
  const reading = { signal };
  const file = await unlessAborted(open(shard.source), [signal]);
  const { fits, hdu } = file;
  const which = hdus ?? one(hdu) ?? one(shard.hdu);
  const images = which ? await imagesIn(fits, which, reading) : [await fits.image(undefined, reading)];
  const scenes: Scene[] = [];
  for (const image of images)
    scenes.push({ image, celestial: await celestialOf(fits, image, reading, true) });
  return { file, scenes };
}

function one<T>(value: T | undefined): T[] | undefined {
  return value === undefined ? undefined : [value];
}

/** Places a target in all images; an image without a sky takes the pixels of the first one, if it has its shape. */
function placeIn(scenes: readonly Scene[], target: ShardTarget, spec: StampSpec): PlacedTarget | Refused {
  const hdu = scenes[0]?.image.index;
  const parts: PlacedTarget["parts"][number][] = [];
  try {
    for (const scene of scenes) {
      const [first] = parts;
      const follows = !scene.celestial && first && String(scene.image.shape) === String(first.image.shape);
      const place = follows ? first.place : placeOne(scene, target, spec);
      parts.push({ ...scene, place, fill: fillFor(scene.image, place, spec) });
    }
  } catch (error) {
    if (!(error instanceof FitsError)) throw error;
    const status = error instanceof Outside ? "outside" : "failed";
    return { target, status, reason: error.message, hdu };
  }
  const bytes = parts.reduce(
    (n, { image, place }) => n + elementCount(place.fitted.grid.count) * (Math.abs(image.bitpix) / 8),
    0,
  );
  if (bytes > mostBytes)
    return { target, status: "failed", reason: `a stamp of ${bytes} bytes is too large; use cutout`, hdu };
  const isWhole = parts.every(({ place }) => place.fitted.status === "whole");
  return { target, status: isWhole ? "done" : "partial", parts, bytes };
}

/** The target has no pixel in the image. */
class Outside extends FitsError {}

function placeOne({ image, celestial }: Scene, target: ShardTarget, spec: StampSpec): Placed {
  const { mode = "partial", plane } = spec;
  const center = { lon: target.lon, lat: target.lat };
  const wanted = { center, size: sidesOf(target, celestial) };
  const place = (how: StampSpec["mode"]): Placed =>
    placeRegion(image, celestial, wanted, { mode: how, plane });
  try {
    const placed = place(mode === "strict" ? "trim" : mode);
    if (mode !== "strict") return placed;
  } catch (error) {
    if (!(error instanceof FitsError) || error.code !== "BAD_SELECTION") throw error;
    throw new Outside(error.code, error.message, { cause: error });
  }
  return place("strict");
}

/** Height and width in pixels. */
function sidesOf({ size }: ShardTarget, celestial: Celestial | undefined): [height: number, width: number] {
  const { height, width, unit } = size;
  // Without a sky the position is what fails.
  if (unit === "pixel" || !celestial) return [height, width];
  return [height / celestial.scale[1], width / celestial.scale[0]];
}

function fillFor(
  image: ImageHdu,
  { fitted }: Placed,
  { mode = "partial", fill }: StampSpec,
): Fill | undefined {
  if (mode !== "partial" || fitted.status === "whole") return undefined;
  return fillOf(image, typeof fill === "string" ? BigInt(fill) : fill);
}

/** In the order of the pixels of the first image. */
function alongFile(a: PlacedTarget, b: PlacedTarget): number {
  const [one, other] = [a, b].map(({ parts }) => parts[0]!.place.fitted.inside.start) as [number[], number[]];
  for (const [axis, start] of one.entries()) if (start !== other[axis]) return start - other[axis]!;
  return 0;
}

function* batches(placed: readonly PlacedTarget[], most: number): Generator<PlacedTarget[]> {
  let batch: PlacedTarget[] = [];
  let bytes = 0;
  for (const target of placed) {
    if (batch.length > 0 && (bytes + target.bytes > most || batch.length === mostInBatch)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(target);
    bytes += target.bytes;
  }
  if (batch.length > 0) yield batch;
}

/** Errors of bytes that are damaged; the way to the file works, so other stamps can be read. */
const ofData = /^(BAD_DATA|BAD_HEADER|TRUNCATED|TOO_LARGE|UNSUPPORTED)$/;

/** The stamps of a batch; where a part of the file is damaged, halves of it are read, until only what is damaged fails. */
async function readBatch(
  file: ShardFile,
  batch: readonly PlacedTarget[],
  spec: StampSpec,
  signal: AbortSignal | undefined,
): Promise<Stamp[]> {
  const read = await unlessFailed(() => readPixels(file, batch, spec, signal));
  if (!(read instanceof FitsError)) return read;
  if (batch.length === 1 || !ofData.test(read.code))
    return batch.map(({ target, parts }) => failed(target, read, parts[0]?.image.index));
  const middle = batch.length >> 1;
  return [
    ...(await readBatch(file, batch.slice(0, middle), spec, signal)),
    ...(await readBatch(file, batch.slice(middle), spec, signal)),
  ];
}

async function readPixels(
  file: ShardFile,
  batch: readonly PlacedTarget[],
  { raw = false }: StampSpec,
  signal: AbortSignal | undefined,
): Promise<Stamp[]> {
  const { fits, rows } = file;
  const parts = batch.flatMap(({ parts }) => parts);
  const arrays =
    rows && parts.every(({ image }) => hasPlainRows(image, raw))
      ? parts.map(({ image, place }) => readRows(rows, image, place.fitted.inside))
      : ((await fits.run(together(parts.map((part) => planOf(part, raw))), { signal })) as NdArray[]);
  rows?.check();
  let next = 0;
  return batch.map(({ target, status, parts }): Stamp => {
    const cuts = parts.map(({ image, celestial, place, fill }) => ({
      image,
      fitted: place.fitted,
      stored: filled(arrays[next++]!, place.fitted, raw, fill),
      region: regionOf(image.header, celestial, place.fitted.grid),
    }));
    const { image, celestial } = parts[0]!;
    return { target, status, hdu: image.index, cut: { fits, cuts, celestial } };
  });
}

function planOf({ image, place }: PlacedTarget["parts"][number], raw: boolean): Plan<NdArray> {
  return image.plan(selectionOf(place.fitted.inside), { raw });
}
