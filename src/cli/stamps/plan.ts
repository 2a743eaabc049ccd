/**
 * From what the user says to a job: the list, the files, the specification.
 */
import { getHeapStatistics } from "node:v8";
import type { OpenOptions } from "fitslice";
import {
  type BadTarget,
  chooser,
  type FootprintRow,
  footprintColumns,
  footprintsIn,
  type PlanOptions,
  planStamps,
  type StampJob,
  type StampSpec,
  type Target,
  targetsIn,
  usefulColumns,
} from "fitslice/stamps";
import { parseSize } from "fitslice/wcs";
import { checkAddress, parseAddress, refuseStdin } from "../address.js";
import { parseHdus } from "../cut-file.js";
import { badUsage, Failure } from "../failure.js";
import { openOptions } from "../options.js";
import { planesOf } from "../position.js";
import { countBar } from "../progress.js";
import { readList } from "./lists.js";
import type { CutoutsOptions, StampFormat } from "./options.js";

/** What is planned, other than options of the command line say. */
export interface Planning {
  /** Most targets of a shard. */
  readonly shardTargets?: number | undefined;
  /** Where a source is, for whoever cuts it. Default: where it is said to be. */
  readonly located?: ((source: string) => string) | undefined;
}

/** Plans the stamps. Throws `Failure` and FitsError for options and lists that are of no use. */
export async function plannedJob(
  src: string | undefined,
  options: CutoutsOptions,
  format: StampFormat,
  { shardTargets, located = (source) => source }: Planning = {},
): Promise<StampJob> {
  const spec = specOf(options, format);
  if (src !== undefined) {
    checkAddress(parseAddress(src), "hdu");
    refuseStdin(parseAddress(src).source);
  }
  if (src !== undefined && spec.hdus && parseAddress(src).hdu !== undefined)
    throw badUsage("the HDU is named twice, behind the source and with --hdu; leave one out");
  const open = await openOptions(options);
  const list = await readList(options.targets, "--targets", open, usefulColumns);
  checkRoom(list.length, getHeapStatistics().heap_size_limit);
  function* targets(): Generator<Target | BadTarget> {
    const bar = countBar(list.length, 0, "planning");
    try {
      for (const target of targetsIn(list)) {
        yield "files" in target && target.files ? { ...target, files: target.files.map(located) } : target;
        bar.advance(1);
      }
    } finally {
      bar.stop();
    }
  }
  const plan: PlanOptions = {
    source: src === undefined ? undefined : located(src),
    shardTargets,
    files: options.files,
    ...(options.footprints !== undefined && {
      footprints: chooser(await footprintsOf(options, spec, open, located)),
    }),
  };
  return planStamps(targets(), spec, plan);
}

/** About how many bytes a target takes while it is planned, as measured with a million of them. */
const bytesOfTarget = 450;

/** A job is planned in memory. Throws `Failure` for a list of more targets than `limit` bytes hold. */
export function checkRoom(count: number, limit: number): void {
  const most = Math.floor(limit / bytesOfTarget);
  if (count <= most) return;
  const megabytes = Math.ceil((count * bytesOfTarget) / 2 ** 20);
  throw new Failure(
    1,
    `the list has ${count} targets, and Node has memory for about ${most}; cut it into several lists, or set NODE_OPTIONS=--max-old-space-size=${megabytes}`,
  );
}

function specOf({ size, hdu, mode, fill, plane }: CutoutsOptions, format: StampFormat): StampSpec {
  const hdus = hdu === undefined ? undefined : parseHdus(hdu);
  if (hdu !== undefined && !hdus) throw badUsage("--hdu all is for cutout; name the HDUs");
  return {
    ...(size !== undefined && { size: parseSize(size) }),
    ...(hdus && { hdus }),
    mode: mode ?? "partial",
    ...(fill !== undefined && fillOf(fill)),
    ...(plane !== undefined && { plane: planesOf(plane) }),
    raw: format === "fits" || format === "fits.fz",
  };
}

function fillOf(text: string): { fill?: number | string } {
  if (/^\s*nan\s*$/i.test(text)) return {};
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value))
    throw badUsage(`--fill ${text}: it must be a number, or nan`);
  if (/^\s*[+-]?\d+\s*$/.test(text) && !Number.isSafeInteger(value)) return { fill: text.trim() };
  return { fill: value };
}

/** The footprints of the HDU that is wanted, where one is named. */
async function footprintsOf(
  { footprints }: CutoutsOptions,
  { hdus }: StampSpec,
  open: OpenOptions,
  located: (source: string) => string,
): Promise<FootprintRow[]> {
  const list = await readList(footprints!, "--footprints", open, footprintColumns);
  const rows = footprintsIn(list).map((row) => ({ ...row, access_url: located(row.access_url) }));
  const first = hdus?.[0];
  if (first === undefined) return rows;
  const [name] = [first].flat();
  const own = rows.filter(({ hdu, extname }) =>
    typeof name === "number"
      ? hdu === undefined || hdu === name
      : extname === "" || extname.toUpperCase() === String(name).toUpperCase(),
  );
  if (own.length === 0) throw badUsage(`--footprints ${footprints}: no image in it is HDU ${String(first)}`);
  return own;
}
