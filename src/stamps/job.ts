/**
 * Many stamps as a plan that is plain data: shards, each of one file and some targets, which any machine can cut.
 */

import { sha256 } from "#platform";
import { checkArgument, checkIntegers, checkObject } from "../argument.js";
import type { CutoutMode } from "../cutout/grid.js";
import type { PlaneChoice } from "../cutout/place.js";
import { FitsError } from "../errors.js";
import type { HduSelector } from "../fits.js";
import type { Size } from "../wcs/position/size.js";
import type { Chooser, FootprintRow, Match } from "./choose.js";
import { safeName, uniqueNamer } from "./names.js";
import type { Outcome } from "./outcome.js";
import { type BadTarget, isTarget, type Target } from "./targets.js";

/** How all stamps of a job are cut. JSON can hold all of it. */
export interface StampSpec {
  /** Of targets without a size of their own. */
  readonly size?: Size | undefined;
  /** One HDU, or several of one region; default: the one that the table of footprints names, or the first image. */
  readonly hdus?: readonly HduSelector[] | undefined;
  /** Default `partial`: all stamps of one size have one shape. */
  readonly mode?: CutoutMode | undefined;
  /** What `partial` fills with: a number, or the digits of one that is no safe integer. Default NaN, of integers BLANK. */
  readonly fill?: number | string | undefined;
  /** Of cubes. Default: all planes. */
  readonly plane?: PlaneChoice | undefined;
  /** Stored values: for FITS files, whose headers have the scale. Default false: physical values. */
  readonly raw?: boolean | undefined;
}

/** A target in a shard. ICRS, degrees. */
export interface ShardTarget {
  /** How many outcomes come before it, in the order of the list: the place of the stamp in one file of all. */
  readonly number: number;
  readonly row: number;
  readonly name: string;
  readonly lon: number;
  readonly lat: number;
  readonly size: Size;
  /** Name of the stamp's file without its ending: unique in the job, fit for any file system. */
  readonly output: string;
}

/** Work for one machine: targets of one file, sorted so that neighbors lie together. JSON can hold all of it. */
export interface Shard {
  /** Hash of the specification and of all below: the same work has the same id. */
  readonly id: string;
  readonly source: string;
  /** The image that shows the targets, where a table of footprints says so. */
  readonly hdu?: number | undefined;
  readonly targets: readonly ShardTarget[];
}

/** All stamps of a list. JSON can hold all of it. */
export interface StampJob {
  /** Hash of the specification and of all shards. */
  readonly id: string;
  readonly spec: StampSpec;
  readonly shards: readonly Shard[];
  /** Targets that nothing is to be cut for. */
  readonly settled: readonly Outcome[];
  /** How many outcomes there will be, the settled ones included. */
  readonly count: number;
}

export interface PlanOptions {
  /** The file of all targets; it counts before those of the rows. */
  readonly source?: string | undefined;
  /** Finds files by position; it counts before those of the rows. */
  readonly footprints?: Chooser<FootprintRow> | undefined;
  /** Of the files that the footprints give, `best` takes the one in which a target lies deepest. Default best. */
  readonly files?: "best" | "all" | undefined;
  /** Most targets of a shard. Default 1000. */
  readonly shardTargets?: number | undefined;
}

/** One file that a target is cut from. */
interface Choice {
  readonly source: string;
  readonly hdu?: number | undefined;
}

/**
 * Plans the stamps of a list: by `source`, `footprints` or the files of the rows. Files in a row are all cut. Throws
 * BAD_ARGUMENT where no row is of use, and for a specification or options that make no sense.
 */
export async function planStamps(
  targets: Iterable<Target | BadTarget>,
  spec: StampSpec,
  options: PlanOptions = {},
): Promise<StampJob> {
  checkArgument(Symbol.iterator in Object(targets), "the targets", "a list of objects", targets);
  checkObject(spec, "the specification");
  checkObject(options);
  const { shardTargets = 1000 } = options;
  checkIntegers({ shardTargets }, 1);
  checkSpec(spec);
  let usable = false;
  const settled: Outcome[] = [];
  const groups = new Map<string, { choice: Choice; targets: ShardTarget[] }>();
  const unique = uniqueNamer();
  let number = 0;
  for (const target of targets) {
    usable ||= isTarget(target);
    const size = isTarget(target) ? (target.size ?? spec.size) : undefined;
    const choices = isTarget(target) && size ? choicesOf(target, size, options) : [];
    if (!isTarget(target) || !size || choices.length === 0) {
      settled.push({ ...withoutStamp(target, size, options), number: number++ });
      continue;
    }
    const { row, name, lon, lat } = target;
    for (const choice of choices) {
      const output = unique(
        choices.length === 1 ? safeName(name) : safeName(`${name}_${stemOf(choice.source)}`),
      );
      const key = `${choice.hdu ?? ""} ${choice.source}`;
      const group = groups.get(key) ?? { choice, targets: [] };
      groups.set(key, group);
      group.targets.push({ number: number++, row, name, lon, lat, size, output });
    }
  }
  // A list of rows without a single target is a mistake in the list.
  if (!usable) {
    const [first] = settled;
    const { row = 0, reason = "" } = first ?? {};
    const where = /^(line|row) \d+: /.test(reason) ? "" : `row ${row + 1}: `;
    const why = first ? `no row of the list is a target; ${where}${reason}` : "the list has no rows";
    throw new FitsError("BAD_ARGUMENT", why);
  }
  const pieces = [...groups.values()].flatMap(({ choice, targets }) =>
    cutInto(targets.sort(alongSky), shardTargets).map((targets) => ({ ...choice, targets })),
  );
  const text = JSON.stringify(spec);
  const shards: Shard[] = [];
  // One after the other: the texts of all shards at once would fill the memory.
  for (const piece of pieces) shards.push({ id: await hashOf(text, JSON.stringify(piece)), ...piece });
  const count = shards.reduce((n, shard) => n + shard.targets.length, settled.length);
  const id = await hashOf(text, JSON.stringify([shards.map((shard) => shard.id), settled]));
  return { id, spec, shards, settled, count };
}

/** A specification may come from JSON, and would be found wrong on another machine. */
function checkSpec({ size, hdus, raw }: StampSpec): void {
  const sides = [size?.width ?? 1, size?.height ?? 1];
  const isSize = size === undefined || (typeof size === "object" && "unit" in size);
  if (!isSize || !sides.every((side) => Number.isFinite(side) && side > 0))
    throw new FitsError(
      "BAD_ARGUMENT",
      "the size of stamps is { width, height, unit }; parseSize makes one of text",
    );
  if (hdus !== undefined && !Array.isArray(hdus))
    throw new FitsError("BAD_ARGUMENT", 'hdus is a list, such as ["SCI"]');
  if (raw !== undefined && typeof raw !== "boolean")
    throw new FitsError("BAD_ARGUMENT", `raw must be true or false, not ${String(raw)}`);
}

function withoutStamp(
  { row, name, ...target }: Target | BadTarget,
  size: Size | undefined,
  { footprints }: PlanOptions,
): Omit<Outcome, "number"> {
  if ("reason" in target) {
    const where = target.place === undefined ? "" : `${target.place}: `;
    return { row, name, status: "failed", reason: `${where}${target.reason}` };
  }
  if (!size) return { row, name, status: "failed", reason: "the row has no size, and no other was given" };
  if (footprints) return { row, name, status: "outside", reason: "no image of the footprints shows it" };
  return { row, name, status: "failed", reason: "the row names no file" };
}

function choicesOf(
  { lon, lat, files = [] }: Target,
  size: Size,
  { source, footprints, files: which = "best" }: PlanOptions,
): Choice[] {
  if (source !== undefined) return [{ source }];
  if (!footprints) return [...new Set(files)].map((file) => ({ source: file }));
  const scale = size.unit === "pixel" ? footprints.coarsest / 3600 : 1;
  const matches = footprints.matches(lon, lat, (Math.hypot(size.width, size.height) / 2) * scale);
  const [best] = matches;
  if (!best) return [];
  // A corner of the stamp may miss an image that a circle around it touches; half a side never does.
  const inner = (Math.min(size.width, size.height) / 2) * scale;
  const chosen = which === "best" ? [best] : [best, ...matches.filter(({ depth }) => depth > -inner)];
  return ofEachFile(chosen);
}

/** The first match of each file: that in which the target lies deepest. */
function ofEachFile(matches: readonly Match[]): Choice[] {
  const files = new Map<string, Choice>();
  for (const { footprint } of matches) {
    const { access_url: source, hdu } = footprint;
    if (!files.has(source)) files.set(source, { source, ...(hdu !== undefined && { hdu }) });
  }
  return [...files.values()];
}

/** What tells a file from others, of its address. */
function stemOf(source: string): string {
  const path = source.replace(/\[[^[\]]*\]$/, "").replace(/[?#].*$/, "");
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.replace(/\.(fits?|fts)(\.(fz|gz|bz2|Z))?$/i, "") || name;
}

/** Strips of declination, each from west to east: about the order of pixels in a file. */
const stripsInDegree = 30;

function alongSky(a: ShardTarget, b: ShardTarget): number {
  const strips = Math.floor(a.lat * stripsInDegree) - Math.floor(b.lat * stripsInDegree);
  return strips || a.lon - b.lon || a.row - b.row;
}

function cutInto<T>(items: readonly T[], most: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length; at += most) parts.push(items.slice(at, at + most));
  return parts;
}

/** SHA-256, as many digits as tell jobs apart. */
async function hashOf(...texts: readonly string[]): Promise<string> {
  const hash = await sha256(new TextEncoder().encode(texts.join("\n")));
  return Array.from(hash.subarray(0, 12), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
